using System.Net;

namespace Dapr.Actors.Wire;

/// <summary>
/// A request's body. Its buffer is given back with the request, unless it is still being sent then: an answer may come before all of the
/// request has gone out, and a call may be cancelled in the middle of it. Such a buffer is left to the garbage collector.
/// </summary>
internal sealed class JsonContent : HttpContent
{
    private const int Idle = 0, Sending = 1, Over = 2;

    private readonly JsonBuffer _body;
    private int _state;

    public JsonContent(JsonBuffer body, string contentType)
    {
        _body = body;
        Headers.TryAddWithoutValidation("Content-Type", contentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(Interlocked.CompareExchange(ref _state, Sending, Idle) == Over, this);
        await stream.WriteAsync(_body.Written, cancellationToken);
        Interlocked.CompareExchange(ref _state, Idle, Sending);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Written.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.CompareExchange(ref _state, Over, Idle) == Idle) _body.Dispose();
        base.Dispose(disposing);
    }
}
