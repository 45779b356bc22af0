using System.Buffers;
using System.IO.Pipelines;
using Gateway.Contracts.Json;
using Gateway.Hosting;
using Gateway.ProviderAdapter.Credentials;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// Copies a streamed answer to the caller as it comes. Nothing is parsed, nothing is allocated. What is there at once, a burst, is sent at once: each
/// flush is a message to the caller. As soon as the provider lets us wait, everything it has sent before is on its way; but for what may be the
/// beginning of a credential, which waits for what follows.
/// <code>
///   provider --read (idle limit)--> credentials covered --> response memory --flush before waiting (client's pace, no limit)--> sidecar
/// </code>
/// </summary>
internal readonly struct StreamCopier(PipeWriter to, SecretMask mask, string provider, Deadline deadline, int idleMilliseconds)
{
    private const int ReadBytes = 4 * 1024;

    /// <summary>Where reads come full.</summary>
    private const int MaxReadBytes = 32 * 1024;

    /// <summary>How much is gathered before it is sent, give or take a read.</summary>
    private const int MaxUnsentBytes = 32 * 1024;

    /// <summary>The failure that ended the stream, or null for its own end. Does not throw for either side's failure but when the client is gone.</summary>
    /// <param name="first">What has been read already, which is disposed of.</param>
    /// <param name="from">What follows it.</param>
    /// <remarks>The last bytes are left for the caller to flush, together with what it adds or the end of the response.</remarks>
    public async Task<ProviderFailure?> CopyAsync(PooledBuffer first, Stream from)
    {
        var kept = Write(first.WrittenForChange);
        var waiting = first.WrittenCount - kept;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes + kept);
        first.WrittenSpan[^kept..].CopyTo(buffer);
        first.Dispose();
        while (true)
        {
            int read;
            deadline.CancelAfter(idleMilliseconds);
            var reading = Read(from, buffer.AsMemory(kept), deadline.Token);
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
            catch (Exception e) when (e is OperationCanceledException or IOException or HttpRequestException || BrokenEncoding.Is(e))
            {
                if (deadline.ClientLeft)
                    throw new OperationCanceledException("The client left.", e);
                WriteEnd(buffer.AsSpan(0, kept));
                return ProviderFailure.OfReading(e, provider, deadline);
            }

            if (read == 0)
            {
                WriteEnd(buffer.AsSpan(0, kept));
                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            }

            var filled = kept + read;
            var isFull = filled == buffer.Length;
            kept = Write(buffer.AsSpan(0, filled));
            waiting += filled - kept;
            var length = isFull ? Math.Min(2 * filled, MaxReadBytes) : ReadBytes;
            // Also where a credential is longer than a buffer there is room for what follows.
            if (length == buffer.Length && kept <= length / 2)
            {
                buffer.AsSpan(filled - kept, kept).CopyTo(buffer);
                continue;
            }

            var next = ArrayPool<byte>.Shared.Rent(length + kept);
            buffer.AsSpan(filled - kept, kept).CopyTo(next);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = next;
        }
    }

    /// <summary>Writes what may be sent.</summary>
    /// <returns>How many bytes at the end have to wait for what follows.</returns>
    private int Write(Span<byte> bytes)
    {
        mask.Apply(bytes);
        var kept = mask.Unsettled(bytes);
        to.Write(bytes[..^kept]);
        return kept;
    }

    /// <summary>What was kept, when nothing follows: too short a part of a credential is just a few letters.</summary>
    private void WriteEnd(Span<byte> kept)
    {
        if (kept.Length >= SecretMask.LeastLength)
            kept.Fill((byte)'*');
        to.Write(kept);
    }

    private static ValueTask<int> Read(Stream from, Memory<byte> buffer, CancellationToken cancellationToken)
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
