#nullable disable
using Dapr.Actors.Client;
using Microsoft.Extensions.Logging;

namespace Dapr.Actors.Runtime;

/// <summary>An actor: one instance for each id, called by one caller at a time.</summary>
public abstract class Actor
{
    private readonly string _path;

    protected Actor(ActorHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        Host = host;
        StateManager = new ActorStateManager(host);
        Logger = host.LoggerFactory.CreateLogger(GetType());
        _path = $"{host.ActorTypeInfo.ActorTypeName}/{host.Id}";
    }

    public ActorId Id => Host.Id;
    public ActorHost Host { get; }
    public IActorProxyFactory ProxyFactory => Host.ProxyFactory;
    public IActorStateManager StateManager { get; protected set; }
    protected ILogger Logger { get; }

    internal async Task ActivateAsync()
    {
        await ResetStateAsync();
        await OnActivateAsync();
        await SaveStateAsync();
    }

    internal async Task DeactivateAsync()
    {
        await ResetStateAsync();
        await OnDeactivateAsync();
    }

    /// <summary>State is saved when the method has returned, and changes are thrown away when it has thrown.</summary>
    internal async Task<T> CallAsync<T>(ActorMethodContext context, Func<Actor, Task<T>> method)
    {
        try
        {
            await OnPreActorMethodAsync(context);
            var result = await method(this);
            await OnPostActorMethodAsync(context);
            await SaveStateAsync();
            return result;
        }
        catch (Exception e)
        {
            await OnActorMethodFailedAsync(context, e);
            await ResetStateAsync();
            throw;
        }
    }

    protected Task SaveStateAsync() => StateManager.SaveStateAsync();

    protected virtual Task OnActivateAsync() => Task.CompletedTask;
    protected virtual Task OnDeactivateAsync() => Task.CompletedTask;
    protected virtual Task OnPreActorMethodAsync(ActorMethodContext actorMethodContext) => Task.CompletedTask;
    protected virtual Task OnPostActorMethodAsync(ActorMethodContext actorMethodContext) => Task.CompletedTask;
    protected virtual Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e) => Task.CompletedTask;

    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period) =>
        RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period));

    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period, TimeSpan ttl) =>
        RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, ttl));

    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period, int repetitions, TimeSpan ttl) =>
        RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, repetitions, ttl));

    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period, int repetitions) =>
        RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, repetitions));

    /// <exception cref="DaprApiException">There is no such reminder.</exception>
    protected async Task<IActorReminder> GetReminderAsync(string reminderName)
    {
        var json = await Host.Sidecar.GetAsync($"{_path}/reminders/{reminderName}", CancellationToken.None);
        return json.Length == 0 ? null : Schedule.ReadReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, json);
    }

    protected Task UnregisterReminderAsync(IActorReminder reminder) => UnregisterReminderAsync(reminder.Name);

    protected Task UnregisterReminderAsync(string reminderName) =>
        Host.Sidecar.DeleteAsync($"{_path}/reminders/{reminderName}", CancellationToken.None);

    /// <exception cref="ArgumentException">The callback is not a method of this class that takes at most one argument and returns a Task.</exception>
    public Task<ActorTimer> RegisterTimerAsync(string timerName, string callback, byte[] callbackParams, TimeSpan dueTime, TimeSpan period) =>
        RegisterAsync(new ActorTimer(Host.ActorTypeInfo.ActorTypeName, Id, NameOfTimer(timerName, callback), callback, callbackParams, dueTime, period));

    public Task<ActorTimer> RegisterTimerAsync(string timerName, string callback, byte[] callbackParams, TimeSpan dueTime, TimeSpan period, TimeSpan ttl) =>
        RegisterAsync(new ActorTimer(Host.ActorTypeInfo.ActorTypeName, Id, NameOfTimer(timerName, callback), callback, callbackParams, dueTime, period, ttl));

    protected Task UnregisterTimerAsync(ActorTimer timer) => UnregisterTimerAsync(timer.Name);

    protected Task UnregisterTimerAsync(string timerName) =>
        Host.Sidecar.DeleteAsync($"{_path}/timers/{timerName}", CancellationToken.None);

    private async Task<IActorReminder> RegisterAsync(ActorReminder reminder)
    {
        await Host.Sidecar.PutAsync($"{_path}/reminders/{reminder.Name}", Schedule.Write(reminder), CancellationToken.None);
        return reminder;
    }

    private async Task<ActorTimer> RegisterAsync(ActorTimer timer)
    {
        await Host.Sidecar.PutAsync($"{_path}/timers/{timer.Name}", Schedule.Write(timer), CancellationToken.None);
        return timer;
    }

    private string NameOfTimer(string name, string callback)
    {
        Schedule.CheckCallback(Host.ActorTypeInfo.ImplementationType, callback);
        return string.IsNullOrEmpty(name) ? $"{Id}_Timer_{Guid.NewGuid()}" : name;
    }

    private Task ResetStateAsync() => StateManager.ClearCacheAsync();
}
