using Dapr.Actors;
using Dapr.Actors.Runtime;

namespace Gateway.Tests.DaprSdk;

public sealed record AddRequest(int N);

public interface ICounterActor : IActor
{
    Task<int> AddAsync(AddRequest r);
    Task<string?> JoinAsync(string a, int? b);
    Task<int> GetAsync(CancellationToken cancellationToken = default);
    Task ClearAsync();
    Task FailAfterSettingAsync(int n);
    Task<string> RunAsync(string action);
    Task<int> AddThroughProxyAsync(string otherId, int n);
}

[Actor(TypeName = "CounterActor")]
internal sealed class CounterActor(ActorHost host, CounterLog log) : Actor(host), ICounterActor, IRemindable
{
    private const string State = "n";

    public async Task<int> AddAsync(AddRequest r)
    {
        var n = await StateManager.AddOrUpdateStateAsync(State, r.N, (_, old) => old + r.N);
        return n;
    }

    public Task<string?> JoinAsync(string a, int? b) => Task.FromResult(b is null ? null : $"{a}-{b}");

    public async Task<int> GetAsync(CancellationToken cancellationToken = default) =>
        cancellationToken.CanBeCanceled ? await StateManager.GetOrAddStateAsync(State, -1, cancellationToken) : throw new InvalidOperationException("The request's cancellation is missing.");

    public Task ClearAsync() => StateManager.RemoveStateAsync(State);

    public async Task FailAfterSettingAsync(int n)
    {
        await StateManager.SetStateAsync(State, n);
        throw new InvalidOperationException($"won't keep {n}");
    }

    public async Task<string> RunAsync(string action)
    {
        switch (action)
        {
            case "remind": await RegisterReminderAsync("rem", [1, 2], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2)); break;
            case "remind once": await RegisterReminderAsync("rem", null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan); break;
            case "remind thrice": await RegisterReminderAsync("rem", null, TimeSpan.Zero, TimeSpan.FromSeconds(90), 3); break;
            case "remind too exactly": await RegisterReminderAsync("rem", null, TimeSpan.Zero, TimeSpan.FromMilliseconds(1500), 3); break;
            case "remind in the past": await RegisterReminderAsync("rem", null, TimeSpan.FromSeconds(-1), TimeSpan.Zero); break;
            case "get reminder": return await GetReminderAsync("rem") is { } found ? $"{found.DueTime} {found.Period} {found.State.Length}" : "none";
            case "forget": await UnregisterReminderAsync("rem"); break;
            case "time": return (await RegisterTimerAsync("", nameof(OnTimerAsync), [7], TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2))).Name;
            case "time once": await RegisterTimerAsync("t", nameof(OnTimerAsync), null, TimeSpan.FromSeconds(1), Timeout.InfiniteTimeSpan); break;
            case "time nothing": await RegisterTimerAsync("t", "NoSuchMethod", null, TimeSpan.Zero, TimeSpan.Zero); break;
            case "stop": await UnregisterTimerAsync("t"); break;
            case "state": return await WalkThroughStateAsync();
            case "ttl": await StateManager.SetStateAsync("short", 1, TimeSpan.FromSeconds(30)); break;
            default: throw new ArgumentException(action);
        }

        return "done";
    }

    public Task<int> AddThroughProxyAsync(string otherId, int n) =>
        ProxyFactory.CreateActorProxy<ICounterActor>(new ActorId(otherId), "CounterActor").AddAsync(new AddRequest(n));

    public Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        log.Add($"{reminderName} [{string.Join(',', state)}] {dueTime.TotalMilliseconds} {period.TotalMilliseconds}");
        return Task.CompletedTask;
    }

    public Task OnTimerAsync(byte[] data)
    {
        log.Add($"timer [{(data is null ? "null" : string.Join(',', data))}]");
        return Task.CompletedTask;
    }

    protected override Task OnActivateAsync()
    {
        log.Add($"activated {Id}");
        return Task.CompletedTask;
    }

    protected override Task OnDeactivateAsync()
    {
        log.Add($"deactivated {Id}");
        return Task.CompletedTask;
    }

    protected override Task OnPreActorMethodAsync(ActorMethodContext actorMethodContext)
    {
        log.Add($"{actorMethodContext.CallType} {actorMethodContext.MethodName}");
        return Task.CompletedTask;
    }

    protected override Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e)
    {
        log.Add($"failed {e.Message}");
        return Task.CompletedTask;
    }

    private async Task<string> WalkThroughStateAsync()
    {
        var seen = new List<string>();
        await StateManager.AddStateAsync("x", 1);
        seen.Add((await Record(() => StateManager.AddStateAsync("x", 2))).Message);
        seen.Add((await Record(() => StateManager.GetStateAsync<int>("nope"))).Message);
        seen.Add($"{await StateManager.TryRemoveStateAsync("nope")} {await StateManager.ContainsStateAsync("x")} {(await StateManager.TryGetStateAsync<int>("x")).Value}");
        await StateManager.RemoveStateAsync("x");
        seen.Add($"{await StateManager.ContainsStateAsync("x")} {await StateManager.GetOrAddStateAsync("y", 5)} {await StateManager.TryAddStateAsync("y", 6)}");
        seen.Add((await Record(() => StateManager.RemoveStateAsync("x"))).GetType().Name);
        return string.Join('|', seen);
    }

    private static async Task<Exception> Record(Func<Task> action) => await Xunit.Record.ExceptionAsync(action) ?? throw new InvalidOperationException("Nothing was thrown.");
}

/// <summary>What the actors of one test did.</summary>
internal sealed class CounterLog
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public void Add(string line)
    {
        lock (_lines) _lines.Add(line);
    }
}
