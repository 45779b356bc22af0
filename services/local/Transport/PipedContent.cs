using System.IO.Pipelines;
using System.Net;

namespace Gateway.Local.Transport;

/// <summary>
/// A body that arrives through a pipe. A server of this process reads the pipe itself, so that the bytes are not copied once more on the way;
/// a socket gets them piece by piece as they come.
/// </summary>
internal sealed class PipedContent(PipeReader body, long? length, long maxBytes) : HttpContent
{
    /// <summary>The body was longer than may pass; the other side got as much as fits and then a broken request.</summary>
    public bool TooLarge { get; private set; }

    /// <param name="failed">Called when the body breaks off: what the reader sees must end the call for its caller, too.</param>
    public PipeReader Reader(Action<Exception> failed) => new LimitedReader(this, body, maxBytes, failed);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var sent = 0L;
        while (true)
        {
            var read = await body.ReadAsync(cancellationToken);
            var fits = read.Buffer.Length <= maxBytes - sent;
            foreach (var segment in fits ? read.Buffer : read.Buffer.Slice(0, maxBytes - sent))
                await stream.WriteAsync(segment, cancellationToken);
            sent += read.Buffer.Length;
            body.AdvanceTo(read.Buffer.End);
            await stream.FlushAsync(cancellationToken);
            if (!fits)
                throw Exceeded();
            if (read.IsCompleted)
                return;
        }
    }

    protected override bool TryComputeLength(out long value)
    {
        value = length ?? 0;
        return length is not null;
    }

    private IOException Exceeded()
    {
        TooLarge = true;
        return new IOException("stream too large");
    }

    private sealed class LimitedReader(PipedContent content, PipeReader body, long maxBytes, Action<Exception> failed) : PipeReader
    {
        private ReadResult _last;
        private long _consumed;

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _consumed += _last.Buffer.Slice(0, consumed).Length;
            _last = default;
            body.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => body.CancelPendingRead();

        public override void Complete(Exception? exception = null)
        {
            // The pipe is the caller's to complete.
        }

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        {
            try
            {
                return Check(await body.ReadAsync(cancellationToken));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                failed(e);
                throw;
            }
        }

        public override bool TryRead(out ReadResult result)
        {
            if (!body.TryRead(out result))
                return false;
            try
            {
                Check(result);
                return true;
            }
            catch (IOException e)
            {
                failed(e);
                throw;
            }
        }

        private ReadResult Check(ReadResult result)
        {
            _last = result;
            return _consumed + result.Buffer.Length <= maxBytes ? result : throw content.Exceeded();
        }
    }
}
