using System.Collections.Concurrent;

namespace Gateway.Local.Sidecar.Storage;

/// <summary>
/// Works through rows that fall due: a bounded number side by side, none twice at the same time. In between it sleeps until the next one is due,
/// or somebody says that there is a new one. What is done with a row, and whether it is due again, is the worker's to write down.
/// </summary>
internal sealed class DueQueue<TRow, TKey>(
    DueQueue<TRow, TKey>.Source source, Func<TRow, Task> work, Action<Exception> fault, int concurrency, TimeProvider time) : IAsyncDisposable
    where TKey : notnull
{
    // After a fault of the store the row is still due, and must not be worked on over and over at once.
    private static readonly TimeSpan FaultWait = TimeSpan.FromSeconds(1);

    // Timers take some 49 days at most; what is further off is simply looked at again.
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    /// <summary>
    /// The pump's alone. A worker that is done only says so: its key leaves before the pump looks at the store the next time, and never between
    /// that look and the choice of rows, where a row as it was before the worker wrote would be taken for one that is due again.
    /// </summary>
    private readonly Dictionary<TKey, Task> _underWay = [];
    private readonly ConcurrentQueue<TKey> _done = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private Task _pump = Task.CompletedTask;

    /// <summary>Nothing new is begun any more; a worker that waits for another try gives up.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>The end: a worker that is in the middle of a call leaves it, and the row stays as it is.</summary>
    public CancellationToken Aborting => _abort.Token;

    public void Start() => _pump = Task.Run(PumpAsync);

    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is to look again already.
        }
    }

    /// <summary>Begins nothing new and waits for what is under way.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _pump.WaitAsync(cancellation);
        await Task.WhenAll(_underWay.Values).WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _abort.CancelAsync();
        await _pump;
        await Task.WhenAll(_underWay.Values);
        _abort.Dispose();
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task PumpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                while (_done.TryDequeue(out var key))
                    _underWay.Remove(key);

                // One look at the clock for both, so that no row falls due between the two.
                var now = time.GetUtcNow().ToUnixTimeMilliseconds();
                if (_underWay.Count < concurrency)
                {
                    foreach (var row in source.Due(now, concurrency))
                    {
                        if (_underWay.Count < concurrency && !_underWay.ContainsKey(source.Key(row)))
                            Begin(row);
                    }
                }

                await WaitAsync(source.NextAfter(now), now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                fault(error);
                await BackOffAsync();
            }
        }
    }

    private async Task WaitAsync(long? next, long now)
    {
        if (next is not { } due)
        {
            await _wake.WaitAsync(_stop.Token);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(due - now, 1, LongestWait.TotalMilliseconds));
        await Task.WhenAny(_wake.WaitAsync(either.Token), Task.Delay(wait, time, either.Token));
        await either.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
    }

    private void Begin(TRow row) => _underWay.Add(source.Key(row), Task.Run(() => RunAsync(row)));

    private async Task RunAsync(TRow row)
    {
        try
        {
            await work(row);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Still in the store, and due at the next start.
        }
        catch (Exception error)
        {
            fault(error);
            await BackOffAsync();
        }
        finally
        {
            _done.Enqueue(source.Key(row));
            Wake();
        }
    }

    private async Task BackOffAsync()
    {
        try
        {
            await Task.Delay(FaultWait, time, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // Ending anyway.
        }
    }

    /// <summary>Where the rows come from. Times are Unix milliseconds.</summary>
    /// <param name="Due">Rows due at a time, the longest overdue first, and at most so many.</param>
    /// <param name="NextAfter">When the first of those that are not yet due will be; null: there is none.</param>
    internal sealed record Source(Func<long, int, IReadOnlyList<TRow>> Due, Func<long, long?> NextAfter, Func<TRow, TKey> Key);
}
