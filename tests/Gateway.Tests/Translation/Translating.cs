using System.Buffers;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;
using Gateway.Providers.Dialects;

namespace Gateway.Tests.Translation;

/// <summary>Runs a translation the way the service does, on bytes in memory.</summary>
internal static class Translating
{
    private static readonly AnswerHead Head = new("msg_test", "test-model");

    public static ITranslation Of(ProviderCall call) => call.Provider.Dialect.Translation!;

    public static string Request(ProviderCall call)
    {
        var output = new ArrayBufferWriter<byte>();
        Of(call).WriteRequest(call, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static string Response(ProviderCall call, byte[] body)
    {
        var (message, failure, _) = Whole(call, body);
        return failure is null ? message : throw failure;
    }

    /// <summary>The message, or the failure and what the answer has used all the same.</summary>
    public static (string Message, GatewayException? Failure, string? Used) Whole(ProviderCall call, byte[] body)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new DocumentAnswerWriter(output);
        var answer = new Answer(call.AnswerOptions(Head), writer);
        try
        {
            Of(call).ReadResponse(call, body, answer);
            return (Encoding.UTF8.GetString(output.WrittenSpan), null, null);
        }
        catch (GatewayException e)
        {
            return ("", e, answer.IsUsageKnown ? EventAnswerWriter.UsageText(answer.UsageSoFar().Usage) : null);
        }
    }

    /// <summary>The events written, those of a failed stream included, and the failure.</summary>
    public static (string Events, GatewayException? Failure, bool Done) Stream(ProviderCall call, params byte[][] chunks)
    {
        var output = new ArrayBufferWriter<byte>();
        using var writer = new EventAnswerWriter(output);
        var answer = new Answer(call.AnswerOptions(Head), writer);
        var stream = Of(call).ReadStream(call, answer);
        using var body = new Chunks(chunks);
        using var reader = new SseReader(body);
        GatewayException? failure = null;
        try
        {
            do
            {
                while (reader.TryRead(out var e))
                    stream.Translate(e);
            }
            while (Fill(reader));
            if (reader.TryReadRest(out var last))
                stream.Translate(last);
            stream.End();
        }
        catch (GatewayException e)
        {
            failure = e;
            // Before the first event the failure is a status, and what it used is in a header.
            if (output.WrittenCount > 0)
                writer.Fail(answer.UsageSoFar());
            AnthropicError.WriteEvent(output, ErrorTable.Of(e.Kind).Type, e.Message, "req_test");
        }

        return (Encoding.UTF8.GetString(output.WrittenSpan), failure, stream.State == StreamState.Done);
    }

    private static bool Fill(SseReader reader) => reader.FillAsync(default).AsTask().GetAwaiter().GetResult();

    private sealed class Chunks(byte[][] chunks) : Stream
    {
        private int _chunk, _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            while (_chunk < chunks.Length && _at == chunks[_chunk].Length)
            {
                _chunk++;
                _at = 0;
            }

            if (_chunk == chunks.Length)
                return 0;
            var take = Math.Min(buffer.Length, chunks[_chunk].Length - _at);
            chunks[_chunk].AsSpan(_at, take).CopyTo(buffer);
            _at += take;
            return take;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
