using System.Net;
using Gateway.Local.Transport;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>A caller's body on its way to the app, piece by piece as it comes, up to the longest that a sidecar takes.</summary>
internal sealed class LimitedContent : HttpContent
{
    private readonly HttpContent _body;
    private readonly long _maxBytes;

    public LimitedContent(HttpContent body, long maxBytes)
    {
        _body = body;
        _maxBytes = maxBytes;
        foreach (var (name, values) in body.Headers.NonValidated)
            Headers.TryAddWithoutValidation(name, values);
    }

    /// <summary>The body was longer than may pass; the app got as much as fits and then a broken request.</summary>
    public bool TooLarge { get; private set; }

    /// <summary>Why the caller's body broke off.</summary>
    public Exception? Failure { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var pieces = new Pieces(this, stream);
        try
        {
            await _body.CopyToAsync(pieces, cancellationToken);
        }
        catch (Exception e) when (!pieces.HasFailed)
        {
            Failure = e;
            throw;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Headers.ContentLength ?? 0;
        return _body.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _body.Dispose();
        base.Dispose(disposing);
    }

    private sealed class Pieces(LimitedContent content, Stream to) : AsyncStream
    {
        private const int LargestBytes = 64 * 1024;

        private long _sent;

        public override bool CanWrite => true;

        /// <summary>The receiving side has, not the caller's.</summary>
        public bool HasFailed { get; private set; }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (; buffer.Length > 0; buffer = buffer[Math.Min(buffer.Length, LargestBytes)..])
            {
                var piece = buffer[..Math.Min(buffer.Length, LargestBytes)];
                try
                {
                    if ((_sent += piece.Length) > content._maxBytes)
                    {
                        content.TooLarge = true;
                        throw new IOException("stream too large");
                    }

                    await to.WriteAsync(piece, cancellationToken);
                    await to.FlushAsync(cancellationToken);
                }
                catch
                {
                    HasFailed = true;
                    throw;
                }
            }
        }
    }
}
