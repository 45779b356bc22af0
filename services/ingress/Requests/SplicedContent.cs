using System.Net;

namespace Gateway.Ingress.Requests;

/// <summary>
/// The client's body with a few values replaced, everything else byte for byte (rule E162). It has no length, so it goes out chunked:
/// a sidecar never replays a chunked request, and so never pays for a generation twice (rule E174).
/// </summary>
internal sealed class SplicedContent : HttpContent
{
    private readonly RequestBody _body;
    private readonly IReadOnlyList<Splice> _splices;

    public SplicedContent(RequestBody body, IReadOnlyList<Splice> splices)
    {
        _body = body;
        _splices = splices;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    /// <summary>What is sent.</summary>
    public int Length
    {
        get
        {
            var length = _body.Length;
            for (var i = 0; i < _splices.Count; i++)
                length += _splices[i].Replacement.Length - _splices[i].Length;
            return length;
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        _body.Hold();
        var at = 0;
        foreach (var splice in _splices)
        {
            await stream.WriteAsync(_body.Memory[at..splice.Start], cancellationToken);
            await stream.WriteAsync(splice.Replacement, cancellationToken);
            at = splice.Start + splice.Length;
        }

        await stream.WriteAsync(_body.Memory[at..], cancellationToken);

        // Not in a finally: after a failure the handler may still hold on to the bytes.
        _body.Release();
    }

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken) => new SplicedStream(_body, _splices);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(CreateContentReadStream(CancellationToken.None));

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
