using System.IO.Pipelines;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Passes the rest of a streamed answer on as it comes. Every read goes straight into the response's own memory and is flushed at once;
/// nothing is parsed, nothing is allocated.
/// <code>
///   provider --read (idle limit)--> response memory --flush (client's pace, no limit)--> sidecar
/// </code>
/// </summary>
internal static class StreamCopier
{
    private const int ReadBytes = 4 * 1024 - 64;

    /// <summary>Where reads come full.</summary>
    private const int LargestReadBytes = 32 * 1024;

    /// <summary>The failure that ended the stream, or null for its own end. Does not throw for either side's failure but when the client is gone.</summary>
    public static async Task<ProviderFailure?> CopyAsync(Stream from, PipeWriter to, string provider, Deadline deadline, int idleMilliseconds)
    {
        var size = ReadBytes;
        while (true)
        {
            int read;
            try
            {
                deadline.Within(idleMilliseconds);
                read = await from.ReadAsync(to.GetMemory(size)[..size], deadline.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or InvalidDataException)
            {
                if (deadline.ClientGone)
                    throw new OperationCanceledException("The client left.", e);
                return ProviderFailure.OfReading(e, provider, deadline);
            }

            if (read == 0)
                return null;
            to.Advance(read);
            size = read == size ? Math.Min(2 * size, LargestReadBytes) : ReadBytes;
            var flush = to.FlushAsync(deadline.Token);
            if (!flush.IsCompletedSuccessfully)
            {
                // A client that reads slowly is no silence of the provider's.
                deadline.Pause();
            }

            if ((await flush).IsCompleted)
                throw new OperationCanceledException("The client left.");
        }
    }
}
