using System.Buffers;
using System.IO.Pipelines;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Passes a streamed answer on as it comes. Nothing is parsed, nothing is allocated. What is there at once, a burst, is sent at once: each
/// flush is a message to the caller. As soon as the provider lets us wait, everything it has sent before is on its way.
/// <code>
///   provider --read (idle limit)--> response memory --flush before waiting (client's pace, no limit)--> sidecar
/// </code>
/// </summary>
internal static class StreamCopier
{
    private const int ReadBytes = 4 * 1024;

    /// <summary>Where reads come full.</summary>
    private const int LargestReadBytes = 32 * 1024;

    /// <summary>No more than this, give or take a read, is gathered before it is sent.</summary>
    private const int LargestWriteBytes = 32 * 1024;

    /// <summary>The failure that ended the stream, or null for its own end. Does not throw for either side's failure but when the client is gone.</summary>
    /// <param name="first">What has been read already, which is disposed of.</param>
    /// <remarks>What came last is left for the caller to flush, who has something to add, or nothing but the end.</remarks>
    public static async Task<ProviderFailure?> CopyAsync(PooledBuffer first, Stream from, PipeWriter to, string provider, Deadline deadline, int idleMilliseconds)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        to.Write(first.WrittenSpan);
        var waiting = first.WrittenCount;
        first.Dispose();
        while (true)
        {
            int read;
            deadline.Within(idleMilliseconds);
            var reading = Read(from, buffer, deadline.Token);
            if (waiting > 0 && (waiting >= LargestWriteBytes || !reading.IsCompleted))
            {
                // Should this throw, the buffer is left to the collector: it may still be read into.
                await FlushAsync(to, deadline);
                waiting = 0;
                deadline.Within(idleMilliseconds);
            }

            try
            {
                read = await reading;
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException or InvalidDataException)
            {
                if (deadline.ClientGone)
                    throw new OperationCanceledException("The client left.", e);
                return ProviderFailure.OfReading(e, provider, deadline);
            }

            to.Write(buffer.AsSpan(0, read));
            waiting += read;
            var length = read == buffer.Length ? Math.Min(2 * read, LargestReadBytes) : ReadBytes;
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
