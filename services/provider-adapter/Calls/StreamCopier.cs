using System.Buffers;
using System.IO.Pipelines;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Copies a streamed answer to the caller as it comes. Nothing is parsed, nothing is allocated. What is there at once, a burst, is sent at once: each
/// flush is a message to the caller. As soon as the provider lets us wait, everything it has sent before is on its way.
/// <code>
///   provider --read (idle limit)--> response memory --flush before waiting (client's pace, no limit)--> sidecar
/// </code>
/// </summary>
internal static class StreamCopier
{
    private const int ReadBytes = 4 * 1024;

    /// <summary>Where reads come full.</summary>
    private const int MaxReadBytes = 32 * 1024;

    /// <summary>How much is gathered before it is sent, give or take a read.</summary>
    private const int MaxUnsentBytes = 32 * 1024;

    /// <summary>The failure that ended the stream, or null for its own end. Does not throw for either side's failure but when the client is gone.</summary>
    /// <param name="first">What has been read already, which is disposed of.</param>
    /// <remarks>The last bytes are left for the caller to flush, together with what it adds or the end of the response.</remarks>
    public static async Task<ProviderFailure?> CopyAsync(
        PooledBuffer first, Stream from, PipeWriter to, string provider, Deadline deadline, int idleMilliseconds)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        to.Write(first.WrittenSpan);
        var waiting = first.WrittenCount;
        first.Dispose();
        while (true)
        {
            int read;
            deadline.CancelAfter(idleMilliseconds);
            var reading = Read(from, buffer, deadline.Token);
            if (waiting > 0 && (waiting >= MaxUnsentBytes || !reading.IsCompleted))
            {
                // If this throws, the buffer is left to the garbage collector: the pending read may still write into it.
                await FlushAsync(to, deadline);
                waiting = 0;
                deadline.CancelAfter(idleMilliseconds);
            }

            try
            {
                read = await reading;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or InvalidDataException)
            {
                if (deadline.ClientLeft)
                    throw new OperationCanceledException("The client left.", e);
                return ProviderFailure.OfReading(e, provider, deadline);
            }

            to.Write(buffer.AsSpan(0, read));
            waiting += read;
            var length = read == buffer.Length ? Math.Min(2 * read, MaxReadBytes) : ReadBytes;
            if (read > 0 && length == buffer.Length)
                continue;
            ArrayPool<byte>.Shared.Return(buffer);
            if (read == 0)
                return null;
            buffer = ArrayPool<byte>.Shared.Rent(length);
        }
    }

    private static ValueTask<int> Read(Stream from, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            return from.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e)
        {
            return ValueTask.FromException<int>(e);
        }
    }

    private static ValueTask FlushAsync(PipeWriter to, Deadline deadline)
    {
        var flush = to.FlushAsync(deadline.Token);
        if (!flush.IsCompletedSuccessfully)
        {
            // A client that reads slowly is no silence of the provider's.
            deadline.Pause();
            return WaitAsync(flush);
        }

        Check(flush.Result);
        return ValueTask.CompletedTask;

        static async ValueTask WaitAsync(ValueTask<FlushResult> flush) => Check(await flush);

        static void Check(FlushResult result)
        {
            if (result.IsCompleted)
                throw new OperationCanceledException("The client left.");
        }
    }
}
