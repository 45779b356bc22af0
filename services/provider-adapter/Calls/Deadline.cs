namespace Gateway.ProviderAdapter.Calls;

/// <summary>
/// The one cancellation of a call to a provider: the client leaving, or a time limit that is moved on as the answer proceeds. Moving it
/// writes down a time and no more, so it can be done for every read of a stream: the timer looks at it when it fires, and goes on waiting
/// for what is left.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private const long Never = long.MaxValue;

    private readonly CancellationTokenSource _source = new();
    private readonly CancellationTokenRegistration _client;
    private readonly CancellationToken _clientLeft;
    private readonly Timer _timer;
    private readonly Lock _sync = new();

    /// <summary>When time is up, and when the timer fires; both in milliseconds of the system's clock.</summary>
    private long _due = Never, _fires = Never;
    private bool _disposed;

    public Deadline(CancellationToken clientLeft)
    {
        _clientLeft = clientLeft;
        _timer = new Timer(static deadline => ((Deadline)deadline!).OnTimer(), this, Timeout.Infinite, Timeout.Infinite);
        _client = clientLeft.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the client; else, once <see cref="Token"/> is cancelled, time ran out.</summary>
    public bool ClientLeft => _clientLeft.IsCancellationRequested;

    public bool TimedOut => _source.IsCancellationRequested && !ClientLeft;

    /// <summary>Starts the time limit anew: <see cref="Token"/> is cancelled after so many milliseconds, in place of what was left.</summary>
    public void CancelAfter(int milliseconds)
    {
        var due = Environment.TickCount64 + milliseconds;
        // A fence: either this sees that the timer has fired, or the timer sees the new time.
        Interlocked.Exchange(ref _due, due);
        // The timer fires before that, and then sees the new time.
        if (due >= Volatile.Read(ref _fires))
            return;
        lock (_sync)
            Arm(due);
    }

    /// <summary>Stops the time limit: what is waited for now is not the provider.</summary>
    public void Pause() => Volatile.Write(ref _due, Never);

    public void Dispose()
    {
        lock (_sync)
            _disposed = true;
        _timer.Dispose();
        _client.Dispose();
        _source.Dispose();
    }

    private void OnTimer()
    {
        lock (_sync)
        {
            if (_disposed)
                return;
            Interlocked.Exchange(ref _fires, Never);
            var due = Volatile.Read(ref _due);
            if (due == Never)
                return;
            if (due > Environment.TickCount64)
            {
                Arm(due);
                return;
            }
        }

        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The call has ended in this moment.
        }
    }

    private void Arm(long due)
    {
        if (_disposed || due >= _fires)
            return;
        Volatile.Write(ref _fires, due);
        _timer.Change(Math.Max(0, due - Environment.TickCount64), Timeout.Infinite);
    }
}
