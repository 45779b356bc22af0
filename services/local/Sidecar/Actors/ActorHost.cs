using System.Collections.Concurrent;
using Gateway.Local.Sidecar.State;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>One app's actors: which are active, whose turn it is, when one has idled long enough.</summary>
internal sealed class ActorHost(AppChannel app, ActorConfig config, StateStore? state, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ActorKey, ActorInstance> _instances = [];
    private readonly CancellationTokenSource _abort = new();

    public AppChannel App { get; } = app;

    public ActorConfig Config { get; } = config;

    /// <summary>Null when no state store in the app's scope is marked as the actors'.</summary>
    public StateStore? State { get; } = state;

    /// <summary>Called with an actor that was deactivated, whose timers end with it.</summary>
    public Action<ActorKey>? Deactivated { get; set; }

    public IEnumerable<(string Type, int Count)> Active => _instances.Keys.GroupBy(k => k.Type).Select(g => (g.Key, g.Count()));

    public bool IsActive(ActorKey key) => _instances.ContainsKey(key);

    /// <summary>Runs one turn. The first turn activates the actor: the app makes the object when it sees the call, there is no call for that.</summary>
    /// <param name="reentrancyId">Calls that carry it in <c>Dapr-Reentrancy-Id</c> belong to this turn.</param>
    /// <param name="keepsAlive">Whether this counts against idling; a timer's turn does not.</param>
    /// <param name="cancellation">
    /// Ends the wait for the turn. A turn once begun runs to its end: the app's object is still at work, and the next must not overlap it.
    /// </param>
    public async Task<AppChannel.AppAnswer> TurnAsync(
        ActorKey key, string? reentrancyId, bool keepsAlive, Func<CancellationToken, Task<AppChannel.AppAnswer>> call, CancellationToken cancellation)
    {
        var type = Config.Find(key.Type)!;
        while (true)
        {
            var instance = _instances.GetOrAdd(key, static k => new ActorInstance(k));
            if (type.Reentrant && instance.TryReenter(reentrancyId, type.MaxStackDepth))
            {
                try
                {
                    return await call(_abort.Token);
                }
                finally
                {
                    instance.LeaveReentry();
                }
            }

            await instance.Turn.WaitAsync(cancellation);
            if (instance.IsGone)
            {
                instance.Turn.Release();
                continue;
            }

            instance.BeginTurn(reentrancyId);
            try
            {
                return await call(_abort.Token);
            }
            finally
            {
                instance.EndTurn();
                if (keepsAlive || instance.IdleTimer is null)
                    ArmIdle(instance, type.IdleTimeout);
                instance.Turn.Release();
            }
        }
    }

    /// <summary>Waits for the turns under way, up to the app's own limit, and tells the app that its actors are over.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Config.DrainTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            await Task.WhenAll(_instances.Values.Select(instance => DeactivateAsync(instance, force: true, either.Token)));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            Log.DrainTimedOut(log, App.AppId, Config.DrainTimeout);
        }
    }

    /// <summary>The end: calls that the app has not answered by now are broken off.</summary>
    public Task AbortAsync() => _abort.CancelAsync();

    public ValueTask DisposeAsync()
    {
        foreach (var instance in _instances.Values)
            instance.Dispose();
        _instances.Clear();
        _abort.Dispose();
        return ValueTask.CompletedTask;
    }

    private void ArmIdle(ActorInstance instance, TimeSpan idle)
    {
        instance.LastUse = time.GetTimestamp();
        if (instance.IdleTimer is null)
            instance.IdleTimer = time.CreateTimer(
                _ => _ = DeactivateAsync(instance, force: false, CancellationToken.None), null, idle, Timeout.InfiniteTimeSpan);
        else
            instance.IdleTimer.Change(idle, Timeout.InfiniteTimeSpan);
    }

    private async Task DeactivateAsync(ActorInstance instance, bool force, CancellationToken cancellation)
    {
        try
        {
            await instance.Turn.WaitAsync(cancellation);
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        try
        {
            // A call came between the timer and here, and has set the timer anew.
            var idle = Config.Find(instance.Key.Type)!.IdleTimeout;
            if (instance.IsGone || (!force && time.GetElapsedTime(instance.LastUse) < idle - TimeSpan.FromMilliseconds(20)))
                return;
            instance.IsGone = true;
            await App.CallAsync(HttpMethod.Delete, instance.Key.Path, default(ReadOnlyMemory<byte>), "application/x-protobuf", null, cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            Log.DeactivationFailed(log, error, instance.Key.Type, instance.Key.Id);
        }
        finally
        {
            if (instance.IsGone)
            {
                _instances.TryRemove(new KeyValuePair<ActorKey, ActorInstance>(instance.Key, instance));
                instance.IdleTimer?.Dispose();
                Deactivated?.Invoke(instance.Key);
            }

            instance.Turn.Release();
        }
    }
}
