using System.IO.Pipelines;
using System.Net;

namespace Gateway.Local.Sidecar.Invocation;

/// <summary>The caller's body on its way to the app: each piece is sent on as it comes, and with the caller's framing (length or chunks).</summary>
internal sealed class StreamingRequestContent(PipeReader body, long? length, long maxBytes) : HttpContent
{
    /// <summary>The body was longer than the sidecar takes; the app got as much as fits and then a broken request.</summary>
    public bool TooLarge { get; private set; }

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
            {
                TooLarge = true;
                throw new IOException("stream too large");
            }

            if (read.IsCompleted)
                return;
        }
    }

    protected override bool TryComputeLength(out long value)
    {
        value = length ?? 0;
        return length is not null;
    }
}
