using System.Collections.Concurrent;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>One app's timers. They live in memory, and end with the actor.</summary>
internal sealed class ActorTimers(ActorHost host, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<(ActorKey Actor, string Name), Entry> _timers = [];

    public void Set(ActorKey actor, string name, Schedule schedule)
    {
        var entry = new Entry();
        _timers.AddOrUpdate((actor, name), entry, (_, old) =>
        {
            old.Stop.Cancel();
            return entry;
        });
        entry.Run = Task.Run(() => RunAsync(actor, name, schedule, entry));
    }

    public void Remove(ActorKey actor, string name)
    {
        if (_timers.TryRemove((actor, name), out var entry))
            entry.Stop.Cancel();
    }

    public void RemoveAll(ActorKey actor)
    {
        foreach (var key in _timers.Keys.Where(k => k.Actor == actor))
            Remove(key.Actor, key.Name);
    }

    public async ValueTask DisposeAsync()
    {
        var entries = _timers.Values.ToList();
        foreach (var key in _timers.Keys)
            Remove(key.Actor, key.Name);
        await Task.WhenAll(entries.Select(e => e.Run));
    }

    private async Task RunAsync(ActorKey actor, string name, Schedule schedule, Entry entry)
    {
        var body = Schedule.Body(schedule.Data, schedule.Callback, schedule.DueText, schedule.PeriodText);
        var path = $"{actor.Path}/method/timer/{Uri.EscapeDataString(name)}";
        var due = schedule.Due;
        try
        {
            for (var left = schedule.Repeats; left is null or > 0; left--)
            {
                var wait = due - time.GetUtcNow();
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, time, entry.Stop.Token);
                if (schedule.Expires <= time.GetUtcNow())
                    break;
                await FireAsync(actor, name, path, body, entry.Stop.Token);
                if (schedule.Period is not { } period)
                    break;
                due += period;
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _timers.TryRemove(new KeyValuePair<(ActorKey, string), Entry>((actor, name), entry));
    }

    private async Task FireAsync(ActorKey actor, string name, string path, byte[] body, CancellationToken stop)
    {
        try
        {
            await host.TurnAsync(
                actor, Guid.NewGuid().ToString(), keepsAlive: false, c => host.App.CallAsync(HttpMethod.Put, path, body, "application/json", null, c), stop);
        }
        catch (HttpRequestException error)
        {
            Log.TimerFailed(log, error, name, actor.Type, actor.Id);
        }
    }

    private sealed class Entry
    {
        public CancellationTokenSource Stop { get; } = new();

        public Task Run { get; set; } = Task.CompletedTask;
    }
}
