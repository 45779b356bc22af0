using System.Net;
using Gateway.Contracts.Json;

namespace Gateway.Hosting;

/// <summary>
/// The body of a call to another service: the bytes of a buffer, a few values replaced and everything else as it is (rule E162). It has no
/// length, so it goes out chunked: a sidecar never replays a chunked request, and so never pays for a generation twice (rule E174).
/// </summary>
public sealed class PooledContent : HttpContent
{
    private readonly IReadOnlyList<Splice> _splices;

    /// <summary>Null once the content is disposed.</summary>
    private PooledBuffer? _body;

    /// <param name="body">Retained until the content is disposed and whatever is being sent of it has been sent.</param>
    /// <param name="splices">In their order in the body.</param>
    public PooledContent(PooledBuffer body, IReadOnlyList<Splice>? splices = null)
    {
        body.Retain();
        _body = body;
        _splices = splices ?? [];
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    /// <summary>The bytes that are sent.</summary>
    public int Length
    {
        get
        {
            var length = Body.WrittenCount;
            for (var i = 0; i < _splices.Count; i++)
                length += _splices[i].Replacement.Length - _splices[i].Length;
            return length;
        }
    }

    private PooledBuffer Body => _body ?? throw new ObjectDisposedException(nameof(PooledContent));

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // An answer may be there, and the call over, before the last of the body has gone out.
        var buffer = Body;
        buffer.Retain();
        var body = buffer.WrittenMemory;
        var at = 0;
        for (var i = 0; i < _splices.Count; i++)
        {
            var splice = _splices[i];
            await stream.WriteAsync(body[at..splice.Start], cancellationToken);
            await stream.WriteAsync(splice.Replacement, cancellationToken);
            at = splice.Start + splice.Length;
        }

        await stream.WriteAsync(body[at..], cancellationToken);

        // Not in a finally: after a failure the handler may still hold on to the bytes.
        buffer.Release();
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => new PooledContentStream(Body, _splices);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(CreateContentReadStream(CancellationToken.None));

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Interlocked.Exchange(ref _body, null)?.Release();
        base.Dispose(disposing);
    }
}
