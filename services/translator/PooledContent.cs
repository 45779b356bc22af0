using System.Net;
using Gateway.Contracts.Json;

namespace Gateway.Translator;

/// <summary>
/// A body that gives its buffer back once it has been sent and nobody needs it any more. It has no length, so it goes out chunked: one with
/// a length may be replayed by the sidecar, and a paid generation with it (rule E174).
/// </summary>
internal sealed class PooledContent : HttpContent
{
    private readonly PooledBuffer _body;
    private int _holders = 1;
    private int _disposed;

    public PooledContent(PooledBuffer body)
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _holders);
        await stream.WriteAsync(_body.WrittenMemory, cancellationToken);

        // Not in a finally: after a failure the handler may still hold on to the bytes.
        Release();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    /// <summary>An answer may be there, and the call over, before the last of the body has gone out.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
            Release();
        base.Dispose(disposing);
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            _body.Dispose();
    }
}
