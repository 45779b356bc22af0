using System.Collections.Concurrent;
using Gateway.Local.Sidecar.Resources;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>Fires one app's reminders when they are due, also those that fell due while nothing ran.</summary>
internal sealed class ReminderPump(ActorHost host, ReminderStore store, TimeProvider time, ILogger log) : IAsyncDisposable
{
    // Dapr's scheduler tries a failed reminder three times more, a second apart.
    private const int MaxRetries = 3;
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(ActorKey, string), Task> _underWay = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private Task _pump = Task.CompletedTask;

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

    public async Task DrainAsync(CancellationToken cancellation)
    {
        await _stop.CancelAsync();
        await _pump.WaitAsync(cancellation);
        await Task.WhenAll(_underWay.Values).WaitAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _pump;
        _stop.Dispose();
        _wake.Dispose();
    }

    private async Task PumpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var now = Now;
                foreach (var type in host.Config.Types)
                {
                    foreach (var reminder in store.Due(type, now))
                        Begin(reminder);
                }

                await WaitAsync(now);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception error)
            {
                Log.RemindersFailed(log, error, host.App.AppId);
                await BackOffAsync();
            }
        }
    }

    private Task BackOffAsync() => Task.Delay(RetryWait, time, _stop.Token).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task WaitAsync(long now)
    {
        var next = host.Config.Types.Select(type => store.NextAfter(type, now)).Min();
        if (next is null)
        {
            await _wake.WaitAsync(_stop.Token);
            return;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        // Timers take at most some 49 days; a reminder further off is simply looked at again.
        var wait = TimeSpan.FromMilliseconds(Math.Clamp(next.Value - Now, 1, TimeSpan.MillisecondsPerDay));
        await Task.WhenAny(_wake.WaitAsync(either.Token), Task.Delay(wait, time, either.Token));
        await either.CancelAsync();
        _stop.Token.ThrowIfCancellationRequested();
    }

    private void Begin(Reminder reminder)
    {
        var done = new TaskCompletionSource();
        if (!_underWay.TryAdd((reminder.Actor, reminder.Name), done.Task))
            return;
        _ = Task.Run(async () =>
        {
            try
            {
                await FireAsync(reminder);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                Log.ReminderFailed(log, error, reminder.Name, reminder.Actor.Type, reminder.Actor.Id);
                await BackOffAsync();
            }
            catch (OperationCanceledException)
            {
                // Draining: it stays due and fires at the next start.
            }
            finally
            {
                _underWay.TryRemove((reminder.Actor, reminder.Name), out _);
                done.SetResult();
                Wake();
            }
        });
    }

    private async Task FireAsync(Reminder reminder)
    {
        if (reminder.Expires <= Now)
        {
            await store.AdvanceAsync(reminder, null, null);
            return;
        }

        for (var attempt = 0; !await TryAsync(reminder); attempt++)
        {
            if (attempt == MaxRetries)
            {
                Log.ReminderFailed(log, null, reminder.Name, reminder.Actor.Type, reminder.Actor.Id);
                break;
            }

            await Task.Delay(RetryWait, time, _stop.Token);
        }

        var left = reminder.Repeats - 1;
        var next = left == 0 || !GoDuration.TryParsePeriod(reminder.PeriodText, out var period, out _) ? (long?)null : NextTime(reminder.Due, period);
        await store.AdvanceAsync(reminder, next, left);
    }

    // Times missed while nothing ran are not made up for; the beat is kept.
    private long NextTime(long due, TimeSpan period)
    {
        var step = Math.Max(1, (long)period.TotalMilliseconds);
        var behind = Math.Max(0, Now - due);
        return due + ((behind / step) + 1) * step;
    }

    private async Task<bool> TryAsync(Reminder reminder)
    {
        try
        {
            // Due time and period are empty here: the scheduler does not hand them back, and the SDK takes "" for none.
            var body = Schedule.Body(reminder.Data, null, "", "");
            var path = $"{reminder.Actor.Path}/method/remind/{Uri.EscapeDataString(reminder.Name)}";
            var answer = await host.TurnAsync(reminder.Actor, Guid.NewGuid().ToString(), keepsAlive: true, c => host.App.CallAsync(HttpMethod.Put, path, body, "application/json", null, c), _stop.Token);
            return answer.IsSuccess;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
