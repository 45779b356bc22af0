using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Local.Sidecar.State;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.Actors;

/// <summary>Placement, in one process: which app hosts which actor type; and the actor API on top of it.</summary>
internal sealed class ActorRuntime(StateStores stores, Database database, TimeProvider time, ILogger log) : IAsyncDisposable
{
    private const string ReentrancyHeader = "Dapr-Reentrancy-Id";

    /// <summary>How long a call waits for a host of its actor type to come up.</summary>
    private static readonly TimeSpan LookupPatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Hosting> _byType = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Hosting> _byApp = new(StringComparer.Ordinal);
    private readonly ReminderStore _reminders = new(database);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ActorHost? HostOf(string appId) => _byApp.GetValueOrDefault(appId)?.Host;

    /// <summary>Takes up an app's actor types and fires what is due for them.</summary>
    public void Attach(AppChannel app, ActorConfig config)
    {
        var host = new ActorHost(app, config, stores.FindForActors(app.AppId), time, log);
        var hosting = new Hosting(host, new ReminderPump(host, _reminders, time, log), new ActorTimers(host, time, log));
        host.Deactivated = hosting.Timers.RemoveAll;
        _byApp[app.AppId] = hosting;
        foreach (var type in config.Types)
            _byType[type] = hosting;
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        hosting.Reminders.Start();
    }

    /// <param name="headers">The caller's, without those that end at the sidecar; what it adds itself goes into the same list.</param>
    /// <exception cref="SidecarFault">No host, or the app answered with an error.</exception>
    public async Task<AppChannel.AppAnswer> InvokeAsync(
        AppChannel caller, ActorKey actor, string method, string query, List<KeyValuePair<string, string>> headers, string? contentType,
        byte[] body, CancellationToken cancellation)
    {
        var hosting = await FindAsync(actor, cancellation);
        var host = hosting.Host;
        var isRemote = host.App.AppId != caller.AppId;
        // An id matters only to actors that may be called back into.
        var isReentrant = host.Config.Find(actor.Type)!.Reentrant;
        var given = headers.FindIndex(static h => h.Key.Equals(ReentrancyHeader, StringComparison.OrdinalIgnoreCase));
        var reentrancyId = given >= 0 ? headers[given].Value : isReentrant ? Guid.NewGuid().ToString() : null;
        if (given >= 0)
            headers.RemoveAll(static h => h.Key.Equals(ReentrancyHeader, StringComparison.OrdinalIgnoreCase));
        headers.Add(new("Dapr-Api-Call", "true"));
        if (isReentrant)
            headers.Add(new(ReentrancyHeader, reentrancyId!));
        if (isRemote)
            headers.Add(new("X-Dapr-Remote", "true"));
        var path = $"{actor.Path}/method/{method}{query}";
        AppChannel.AppAnswer answer;
        try
        {
            answer = await host.TurnAsync(
                actor, reentrancyId, keepsAlive: true, c => host.App.CallAsync(HttpMethod.Put, path, body, contentType, headers, c), cancellation);
        }
        catch (HttpRequestException error)
        {
            throw Failed(isRemote, error.Message);
        }

        if (answer.Status < 400)
            return answer;
        var cause = answer.Status == 404
            ? $"actor method not found: actors/{actor.Type}/{actor.Id}/method/{method}"
            : $"error from actor service: ({answer.Status}) {System.Text.Encoding.UTF8.GetString(answer.Body)}";
        throw Failed(isRemote, cause);
    }

    public StateValue? GetState(string appId, ActorKey actor, string key) =>
        StateOf(appId, actor).Get(StateKey(appId, actor, key));

    /// <param name="body">Not looked at any more once the task is over.</param>
    public Task SaveStateAsync(string appId, ActorKey actor, ReadOnlyMemory<byte> body) =>
        StateOf(appId, actor).TransactAsync(TransactionReader.Read(body, StateKey(appId, actor, "")));

    public async Task SetReminderAsync(string appId, ActorKey actor, string name, byte[] body)
    {
        var hosting = Hosted(appId, actor);
        await _reminders.SaveAsync(actor, name, ParseSchedule(body, "ERR_ACTOR_REMINDER_CREATE", "error creating actor reminder"));
        hosting.Reminders.Wake();
    }

    public Reminder GetReminder(string appId, ActorKey actor, string name)
    {
        Hosted(appId, actor);
        return _reminders.Find(actor, name) ?? throw new SidecarFault(404, "ERR_ACTOR_REMINDER_NOT_FOUND", "actor reminder not found");
    }

    public async Task DeleteReminderAsync(string appId, ActorKey actor, string name)
    {
        Hosted(appId, actor);
        await _reminders.DeleteAsync(actor, name);
    }

    public void SetTimer(string appId, ActorKey actor, string name, byte[] body) =>
        Hosted(appId, actor).Timers.Set(actor, name, ParseSchedule(body, "ERR_ACTOR_TIMER_CREATE", "error creating actor timer"));

    public void DeleteTimer(string appId, ActorKey actor, string name) => Hosted(appId, actor).Timers.Remove(actor, name);

    public async Task DrainAsync(CancellationToken cancellation)
    {
        foreach (var hosting in _byApp.Values)
        {
            await hosting.Reminders.DrainAsync(cancellation);
            await hosting.Timers.DisposeAsync();
            await hosting.Host.DrainAsync(cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hosting in _byApp.Values)
        {
            await hosting.Host.AbortAsync();
            await hosting.Reminders.DisposeAsync();
            await hosting.Timers.DisposeAsync();
            await hosting.Host.DisposeAsync();
        }
    }

    private async Task<Hosting> FindAsync(ActorKey actor, CancellationToken cancellation)
    {
        if (_byType.TryGetValue(actor.Type, out var found))
            return found;
        using var patience = new CancellationTokenSource(LookupPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        while (true)
        {
            var changed = Volatile.Read(ref _changed).Task;
            if (_byType.TryGetValue(actor.Type, out var hosting))
                return hosting;
            try
            {
                await changed.WaitAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new SidecarFault(
                    500, "ERR_ACTOR_INVOKE_METHOD",
                    $"error invoke actor method: failed to lookup actor: api error: code = FailedPrecondition desc = did not find address for actor "
                    + $"'{actor.Type}/{actor.Id}'");
            }
        }
    }

    private Hosting Hosted(string appId, ActorKey actor) =>
        _byType.TryGetValue(actor.Type, out var hosting) && hosting.Host.App.AppId == appId
            ? hosting
            : throw new SidecarFault(403, "ERR_ACTOR_REMINDER_NON_HOSTED", "operations on actor reminders are only possible on hosted actor types");

    private StateStore StateOf(string appId, ActorKey actor)
    {
        if (HostOf(appId) is not { } host || !host.IsActive(actor))
            throw new SidecarFault(400, "ERR_ACTOR_INSTANCE_MISSING", "actor instance is missing");
        return host.State
            ?? throw new SidecarFault(
                500, "ERR_ACTOR_STATE_TRANSACTION_SAVE", "error saving actor transaction state: actors: state store does not exist or incorrectly configured");
    }

    private static string StateKey(string appId, ActorKey actor, string key) => $"{appId}||{actor.Type}||{actor.Id}||{key}";

    private static SidecarFault Failed(bool isRemote, string cause) => new(
        500, "ERR_ACTOR_INVOKE_METHOD",
        "error invoke actor method: " + (isRemote ? "rpc error: code = Internal desc = error invoke actor method: " : "") + cause);

    private Schedule ParseSchedule(byte[] body, string errorCode, string what)
    {
        try
        {
            return Schedule.Parse(body, time.GetUtcNow());
        }
        catch (JsonException error)
        {
            throw SidecarFault.Malformed(error.Message);
        }
        catch (FormatException error)
        {
            throw new SidecarFault(500, errorCode, $"{what}: {error.Message}");
        }
    }

    private sealed record Hosting(ActorHost Host, ReminderPump Reminders, ActorTimers Timers);
}
