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
    private readonly CancellationToken _clientGone;
    private readonly Timer _timer;
    private readonly Lock _sync = new();

    /// <summary>When time is up, and when the timer fires; both in milliseconds of the system's clock.</summary>
    private long _due = Never, _fires = Never;
    private bool _disposed;

    public Deadline(CancellationToken clientGone)
    {
        _clientGone = clientGone;
        _timer = new Timer(static deadline => ((Deadline)deadline!).Fired(), this, Timeout.Infinite, Timeout.Infinite);
        _client = clientGone.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the client; else, once <see cref="Token"/> is cancelled, time ran out.</summary>
    public bool ClientGone => _clientGone.IsCancellationRequested;

    public bool Passed => _source.IsCancellationRequested && !ClientGone;

    /// <summary>From now on so long, in place of what was left.</summary>
    public void Within(int milliseconds)
    {
        var due = Environment.TickCount64 + milliseconds;
        // A fence: either this sees that the timer has fired, or the timer sees the new time.
        Interlocked.Exchange(ref _due, due);
        // Later than the timer fires: it will see.
        if (due >= Volatile.Read(ref _fires))
            return;
        lock (_sync)
            Arm(due);
    }

    /// <summary>No time runs: the wait is not the provider's doing.</summary>
    public void Pause() => Volatile.Write(ref _due, Never);

    public void Dispose()
    {
        lock (_sync)
            _disposed = true;
        _timer.Dispose();
        _client.Dispose();
        _source.Dispose();
    }

    private void Fired()
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
