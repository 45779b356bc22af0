using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// <code>
///   Open ──finishReason, blockReason──> Finishing ──end of input or a short wait──> Done
///     └──end of input: truncated (rule E26)
/// </code>
/// There is no end mark: an answer with a reason to finish is complete. Parts are taken until the input ends, since a signature or the
/// final usage may follow the reason.
/// </summary>
internal sealed class StreamTranslator(ProviderCall call, Answer answer) : IStreamTranslator
{
    private readonly PartReader _parts = new(answer);
    private Stop? _stop;

    public StreamState State { get; private set; }

    public void Translate(in SseEvent e)
    {
        if (!e.HasData || State == StreamState.Done)
            return;
        var data = e.Data.Trim(" \t\r\n"u8);
        // Some proxies before Gemini add Chat Completions' end mark; it proves nothing here.
        if (data.Length == 0 || data.SequenceEqual("[DONE]"u8))
            return;
        try
        {
            TranslateChunk(Chunk.Parse(data), data);
        }
        catch (JsonException inner)
        {
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider sent a chunk that is not JSON.", inner);
        }
    }

    public void End()
    {
        if (State == StreamState.Done)
            return;
        if (_stop is not { } stop)
            throw new GatewayException(ErrorKind.ProviderTruncated, "The provider's answer broke off before its end.");
        State = StreamState.Done;
        answer.End(stop);
    }

    private void TranslateChunk(in Chunk chunk, ReadOnlySpan<byte> data)
    {
        if (!chunk.IsError)
        {
            if (chunk.HasCandidate)
                answer.Start();
            _parts.Read(chunk.Parts);
            if (chunk.HasOthers)
                answer.Drop("candidates"u8);
            SourceReader.Read(answer, chunk);
        }

        // Every chunk has the usage so far.
        answer.SetUsage(UsageReader.Read(chunk.Usage));
        if (chunk.IsError)
            throw ErrorReader.InStream(call, data);
        if (chunk.BlockReason.Length > 0)
            Finish(FinishReasons.Blocked(chunk.BlockReason, chunk.BlockMessage));
        else if (chunk.FinishReason.Length > 0)
            Finish(FinishReasons.Map(answer, chunk.FinishReason, chunk.FinishMessage));
    }

    private void Finish(Stop stop)
    {
        _stop = stop;
        State = StreamState.Finishing;
    }
}
