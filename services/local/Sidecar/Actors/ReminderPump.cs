using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>Fires one app's reminders when they are due, also those that fell due while nothing ran.</summary>
internal sealed class ReminderPump : IAsyncDisposable
{
    private const int Concurrency = 64;

    // Dapr's scheduler tries a failed reminder three times more, a second apart.
    private const int MaxRetries = 3;
    private static readonly TimeSpan RetryWait = TimeSpan.FromSeconds(1);

    private readonly ActorHost _host;
    private readonly ReminderStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DueQueue<Reminder, (ActorKey, string)> _queue;

    public ReminderPump(ActorHost host, ReminderStore store, TimeProvider time, ILogger log)
    {
        _host = host;
        _store = store;
        _time = time;
        _log = log;
        var types = host.Config.Types.ToList();
        _queue = new(
            new(
                (now, limit) => [.. types.SelectMany(type => store.Due(type, now, limit))], now => types.Min(type => store.NextAfter(type, now)),
                r => (r.Actor, r.Name)),
            FireAsync, error => Log.RemindersFailed(log, error, host.App.AppId), Concurrency, time);
    }

    public void Start() => _queue.Start();

    public void Wake() => _queue.Wake();

    public Task DrainAsync(CancellationToken cancellation) => _queue.DrainAsync(cancellation);

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    private async Task FireAsync(Reminder reminder)
    {
        if (reminder.Expires <= Now)
        {
            await _store.AdvanceAsync(reminder, null, null);
            return;
        }

        for (var attempt = 0; !await TryAsync(reminder); attempt++)
        {
            if (attempt == MaxRetries)
            {
                Log.ReminderFailed(_log, reminder.Name, reminder.Actor.Type, reminder.Actor.Id);
                break;
            }

            await Task.Delay(RetryWait, _time, _queue.Stopping);
        }

        var left = reminder.Repeats - 1;
        var next = left == 0 || !GoDuration.TryParsePeriod(reminder.PeriodText, out var period, out _) ? (long?)null : NextTime(reminder.Due, period);
        await _store.AdvanceAsync(reminder, next, left);
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
            var answer = await _host.TurnAsync(
                reminder.Actor, Guid.NewGuid().ToString(), keepsAlive: true,
                c => _host.App.CallAsync(HttpMethod.Put, path, body, "application/json", null, c), _queue.Stopping);
            return answer.IsSuccess;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
