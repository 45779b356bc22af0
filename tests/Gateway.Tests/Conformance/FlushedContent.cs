using System.IO.Pipelines;
using System.Net;

namespace Gateway.Tests.Conformance;

/// <summary>A body that leaves piece by piece; the client's own stream content would collect the pieces.</summary>
internal sealed class FlushedContent(PipeReader pieces) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        while (true)
        {
            var read = await pieces.ReadAsync();
            foreach (var segment in read.Buffer)
                await stream.WriteAsync(segment);
            await stream.FlushAsync();
            pieces.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
