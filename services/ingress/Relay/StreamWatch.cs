using System.IO.Pipelines;
using Gateway.Contracts.Errors;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Watches over one streamed answer: sends a ping when the client has heard nothing for a while (clients give up after 300 s of
/// silence), and gives up on services that have fallen silent themselves. One timer a stream; nothing per event but two time stamps.
/// </summary>
internal sealed class StreamWatch : IAsyncDisposable
{
    private static readonly byte[] Ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n"u8.ToArray();

    private readonly HttpContext _context;
    private readonly TimeProvider _time;
    private readonly TimeSpan _pingInterval;
    private readonly Action<HttpResponse> _commit;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _silence;
    private readonly ITimer _timer;
    private long _lastWrite;
    private long _lastHeard;
    private long _limitTicks = long.MaxValue;
    private volatile bool _done;

    private readonly CancellationTokenRegistration _left;

    /// <param name="drain">How long the answer is read on after the client has left; zero cancels it at once.</param>
    public StreamWatch(HttpContext context, TimeProvider time, TimeSpan pingInterval, Action<HttpResponse> commit, TimeSpan drain = default)
    {
        _context = context;
        _time = time;
        _pingInterval = pingInterval;
        _commit = commit;
        _lastWrite = _lastHeard = time.GetTimestamp();
        _silence = new CancellationTokenSource();
        _left = context.RequestAborted.UnsafeRegister(_ => _silence.CancelAfter(drain), null);
        _timer = time.CreateTimer(static state => _ = ((StreamWatch)state!).TickAsync(), this, pingInterval, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Cancelled when the client leaves or the services behind have been silent too long.</summary>
    public CancellationToken Token => _silence.Token;

    public bool ClientLeft => _context.RequestAborted.IsCancellationRequested;

    /// <summary>Why <see cref="Token"/> was cancelled, when it was not the client.</summary>
    public ErrorKind? GaveUp { get; private set; }

    /// <summary>From now on, so much silence is too much.</summary>
    public void Expect(TimeSpan limit)
    {
        Volatile.Write(ref _lastHeard, _time.GetTimestamp());
        Volatile.Write(ref _limitTicks, limit.Ticks);
    }

    /// <summary>Bytes came.</summary>
    public void Heard() => Volatile.Write(ref _lastHeard, _time.GetTimestamp());

    /// <summary>Takes the response for writing whole events; pings wait meanwhile.</summary>
    public Task EnterAsync() => _gate.WaitAsync();

    /// <summary>Sends what was written, and lets go of the response.</summary>
    public ValueTask FlushAndLeaveAsync()
    {
        ValueTask flushed;
        try
        {
            flushed = FlushAsync();
        }
        catch
        {
            Leave();
            throw;
        }

        if (!flushed.IsCompletedSuccessfully)
            return LeaveAfterAsync(flushed);
        Leave();
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
            // As below.
            return ValueTask.CompletedTask;
        }

        if (!flush.IsCompletedSuccessfully)
            return WaitAsync(flush);
        // Taken, so that what is behind it can be used again.
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    private async ValueTask WaitAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            await flush;
        }
        catch (OperationCanceledException) when (ClientLeft)
        {
            // Nobody reads it any more; the token says when to stop.
        }
    }

    private async ValueTask LeaveAfterAsync(ValueTask flushed)
    {
        try
        {
            await flushed;
        }
        finally
        {
            Leave();
        }
    }

    public void Leave()
    {
        Volatile.Write(ref _lastWrite, _time.GetTimestamp());
        _gate.Release();
    }

    public async ValueTask DisposeAsync()
    {
        _done = true;
        await _left.DisposeAsync();
        await _timer.DisposeAsync();
        // A ping being written must not outlive the request.
        await _gate.WaitAsync();
        _gate.Dispose();
        _silence.Dispose();
    }

    private async Task TickAsync()
    {
        try
        {
            if (_done || !_gate.Wait(0))
            {
                Again(_pingInterval);
                return;
            }

            var next = _pingInterval;
            try
            {
                if (_done)
                    return;
                if (_time.GetElapsedTime(Volatile.Read(ref _lastHeard)).Ticks >= Volatile.Read(ref _limitTicks))
                {
                    GaveUp = ErrorKind.ProviderTimeout;
                    await _silence.CancelAsync();
                    return;
                }

                var quiet = _time.GetElapsedTime(Volatile.Read(ref _lastWrite));
                if (quiet >= _pingInterval)
                {
                    if (!_context.Response.HasStarted)
                        _commit(_context.Response);
                    await _context.Response.BodyWriter.WriteAsync(Ping, _context.RequestAborted);
                    Volatile.Write(ref _lastWrite, _time.GetTimestamp());
                }
                else
                {
                    next = _pingInterval - quiet;
                }
            }
            finally
            {
                _gate.Release();
            }

            Again(next);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or IOException or InvalidOperationException)
        {
            // The client left while the ping was on its way; the relay notices by itself.
        }
    }

    private void Again(TimeSpan after)
    {
        if (!_done)
            _timer.Change(after, Timeout.InfiniteTimeSpan);
    }
}
