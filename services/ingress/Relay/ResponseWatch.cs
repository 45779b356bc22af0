using System.Buffers;
using System.IO.Pipelines;
using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Watches over the response to one request while its routes are tried: cancels the call when the client leaves or the services behind
/// have been silent for too long or this one stops, and on a stream sends a ping when the client has heard nothing for a while (clients give up after 300 s
/// of silence). One timer a response; per event it costs no more than two time stamps.
/// </summary>
internal sealed class ResponseWatch : IAsyncDisposable
{
    private static readonly byte[] Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray();

    /// <summary>When to look again after the response was found locked, where there are no pings.</summary>
    private static readonly TimeSpan LockedRetry = TimeSpan.FromSeconds(1);

    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly TimeSpan? _pingInterval;
    private readonly TimeSpan _writeLimit;
    private readonly SemaphoreSlim _responseLock = new(1);
    private readonly CancellationTokenSource _cancellation = new();
    private readonly CancellationTokenRegistration _clientLeft;
    private readonly CancellationTokenRegistration _stopped;
    private readonly CancellationToken _stopping;
    private readonly ITimer _timer;
    private long _lastWrite;
    private long _lastReceived;
    private long _idleTimeoutTicks = long.MaxValue;
    private volatile bool _disposed;

    /// <param name="context">The client's request.</param>
    /// <param name="time">The clock of pings and idle times.</param>
    /// <param name="pingInterval">After this much silence the client gets a ping; null where the answer is not a stream.</param>
    /// <param name="drain">How long the answer is read on after the client has left; zero cancels it at once.</param>
    /// <param name="writeLimit">How long the client may take nothing of what is sent; then it counts as one that has left.</param>
    /// <param name="stopping">Cancelled when the service cannot wait for the end of the answer.</param>
    public ResponseWatch(
        HttpContext context, TimeProvider time, TimeSpan? pingInterval, TimeSpan drain, TimeSpan writeLimit, CancellationToken stopping)
    {
        _writeLimit = writeLimit;
        _context = context;
        _time = time;
        _pingInterval = pingInterval;
        _lastWrite = _lastReceived = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => _ = ((ResponseWatch)state!).TickAsync(), this, pingInterval ?? Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _stopping = stopping;
        _stopped = stopping.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _cancellation);
        _clientLeft = context.RequestAborted.UnsafeRegister(_ => _cancellation.CancelAfter(drain), null);
    }

    /// <summary>Cancelled when the client leaves, the idle timeout has passed or the service stops.</summary>
    public CancellationToken Token => _cancellation.Token;

    public bool ClientLeft => _context.RequestAborted.IsCancellationRequested;

    /// <summary>Why <see cref="Token"/> was cancelled, where it was not the client.</summary>
    public RouteOutcome.Failed Failure => _stopping.IsCancellationRequested
        ? new(ErrorKind.Interrupted, GatewayException.InterruptedMessage)
        : new(ErrorKind.ProviderTimeout, "The provider did not answer in time.");

    /// <summary>From now on the services behind may be silent for so long. Without pings, the answer as a whole may take so long.</summary>
    public void SetIdleTimeout(TimeSpan timeout)
    {
        Volatile.Write(ref _lastReceived, _time.GetTimestamp());
        Volatile.Write(ref _idleTimeoutTicks, timeout.Ticks);
        // The ping timer finds an idle timeout on its way; alone, the timeout needs a timer of its own.
        if (_pingInterval is null)
            _timer.Change(timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Bytes have come: the idle timeout begins anew.</summary>
    public void ResetIdleTimeout() => Volatile.Write(ref _lastReceived, _time.GetTimestamp());

    /// <summary>Takes the response for writing whole events; pings wait meanwhile.</summary>
    public Task LockAsync() => _responseLock.WaitAsync();

    /// <summary>Lets go of the response.</summary>
    public void Unlock()
    {
        Volatile.Write(ref _lastWrite, _time.GetTimestamp());
        _responseLock.Release();
    }

    /// <summary>Sends what was written, and lets go of the response.</summary>
    public ValueTask FlushAndUnlockAsync()
    {
        ValueTask flushed;
        try
        {
            flushed = FlushAsync();
        }
        catch
        {
            Unlock();
            throw;
        }

        if (!flushed.IsCompletedSuccessfully)
            return UnlockAfterAsync(flushed);
        Unlock();
        return flushed;
    }

    /// <summary>Sends what was written.</summary>
    public ValueTask FlushAsync()
    {
        ValueTask<FlushResult> flush;
        try
        {
            flush = _context.Response.BodyWriter.FlushAsync(_context.RequestAborted);
        }
        catch (OperationCanceledException) when (ClientLeft)
        {
            // As in WaitAsync.
            return ValueTask.CompletedTask;
        }

        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush.AsTask());
        // Its result has to be taken, so that the source behind the ValueTask can be used again.
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    /// <summary>No ping comes any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        _disposed = true;
        await _clientLeft.DisposeAsync();
        await _stopped.DisposeAsync();
        await _timer.DisposeAsync();
        // A ping being written must not outlive the request.
        await _responseLock.WaitAsync();
        _responseLock.Dispose();
        _cancellation.Dispose();
    }

    /// <summary>Ends the response. Whatever is still on its way, the client has as long for it as for any part.</summary>
    public ValueTask CompleteAsync()
    {
        var end = _context.Response.CompleteAsync();
        return end.IsCompletedSuccessfully ? ValueTask.CompletedTask : WaitAsync(end);
    }

    private async ValueTask WaitAsync(Task write)
    {
        await using var limit = _time.CreateTimer(
            static context => ((HttpContext)context!).Abort(), _context, _writeLimit, Timeout.InfiniteTimeSpan);
        try
        {
            await write;
        }
        catch (OperationCanceledException) when (ClientLeft)
        {
            // Nobody reads it any more; the token says when to stop.
        }
    }

    private async ValueTask UnlockAfterAsync(ValueTask flushed)
    {
        try
        {
            await flushed;
        }
        finally
        {
            Unlock();
        }
    }

    private async Task TickAsync()
    {
        try
        {
            // Who holds the lock is writing: neither a ping nor the idle timeout is due.
            if (_disposed || !_responseLock.Wait(0))
            {
                StartTimer(_pingInterval ?? LockedRetry);
                return;
            }

            TimeSpan next;
            try
            {
                if (_disposed)
                    return;
                var idleLeft = TimeSpan.FromTicks(Volatile.Read(ref _idleTimeoutTicks)) - _time.GetElapsedTime(Volatile.Read(ref _lastReceived));
                if (idleLeft <= TimeSpan.Zero)
                {
                    await _cancellation.CancelAsync();
                    return;
                }

                next = _pingInterval is { } interval ? await PingWhenDueAsync(interval) : idleLeft;
            }
            finally
            {
                _responseLock.Release();
            }

            StartTimer(next);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client left while the ping was on its way; the relay notices by itself.
        }
    }

    /// <summary>When to look again. The response is locked.</summary>
    private async ValueTask<TimeSpan> PingWhenDueAsync(TimeSpan interval)
    {
        var quiet = _time.GetElapsedTime(Volatile.Read(ref _lastWrite));
        if (quiet < interval)
            return interval - quiet;
        if (!_context.Response.HasStarted)
            ResponseHeaders.PutStream(_context.Response);
        _context.Response.BodyWriter.Write(Ping);
        await FlushAsync();
        Volatile.Write(ref _lastWrite, _time.GetTimestamp());
        return interval;
    }

    private void StartTimer(TimeSpan after)
    {
        if (!_disposed)
            _timer.Change(after, Timeout.InfiniteTimeSpan);
    }
}
