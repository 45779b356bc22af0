using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using Dapr.Actors.Wire;
using Microsoft.Extensions.DependencyInjection;

namespace Dapr.Actors.Runtime;

/// <summary>The instances of one actor type in this process. Turns are the sidecar's business: nothing is locked here.</summary>
internal sealed class ActiveActors
{
    private sealed record Active(Actor Actor, AsyncServiceScope Scope);

    private readonly ActorTypeInformation _type;
    private readonly IServiceScopeFactory _scopes;
    private readonly ObjectFactory _create;
    private readonly Func<ActorId, ActorHost> _host;
    private readonly RemotingBody? _body;
    private readonly JsonSerializerOptions _json;
    private readonly List<ActorInterface> _interfaces;
    private readonly ConcurrentDictionary<ActorId, Active> _actors = new();

    public ActiveActors(ActorTypeInformation type, IServiceScopeFactory scopes, Func<ActorId, ActorHost> host, ActorRuntimeOptions options)
    {
        _type = type;
        _scopes = scopes;
        _create = ActivatorUtilities.CreateFactory(type.ImplementationType, [typeof(ActorHost)]);
        _host = host;
        _json = options.JsonSerializerOptions;
        _body = options.UseJsonSerialization ? RemotingBody.With(_json) : null;
        _interfaces = [.. type.InterfaceTypes.Select(ActorInterface.Of)];
    }

    /// <summary>A call by a strong proxy: ids and names in the header, arguments in the wrapped body.</summary>
    /// <param name="output">Where the wrapped result goes, if there is one.</param>
    public Task InvokeRemotingAsync(ActorId id, string methodName, string requestHeader, ReadOnlySpan<byte> body, JsonBuffer output, CancellationToken cancellationToken)
    {
        if (_body is null) throw new NotSupportedException("This build has no XML remoting: set ActorRuntimeOptions.UseJsonSerialization on both sides.");

        var (methodId, interfaceId) = ActorHeaders.ReadIds(requestHeader);
        var actorInterface = _interfaces.Find(i => i.Id == interfaceId)
            ?? throw new KeyNotFoundException($"The actor '{_type.ActorTypeName}' has no interface of the id {interfaceId}.");
        var method = actorInterface.Method(methodId)
            ?? throw new MissingMethodException($"The actor '{_type.ActorTypeName}' has no method of the id {methodId}.");
        var arguments = _body.ReadRequest(method, body);
        return CallAsync(id, new ActorMethodContext(methodName, ActorCallType.ActorInterfaceMethod), async actor =>
        {
            var result = await method.InvokeAsync(actor, arguments, cancellationToken);
            if (method.ResultType is not null) _body.WriteResponse(output, method, result);
            return true;
        });
    }

    /// <summary>A call by a weak proxy or another language: the single argument as JSON.</summary>
    public Task<byte[]> InvokeJsonAsync(ActorId id, string methodName, byte[] body, CancellationToken cancellationToken)
    {
        var method = _interfaces.SelectMany(i => i.Methods).FirstOrDefault(m => m.Name == methodName)
            ?? throw new MissingMethodException($"Actor type {_type.ImplementationType} doesn't have method {methodName}");
        if (method.Parameters.Length > 1)
            throw new ArgumentException($"Method {method} has more than one parameter and can't be invoked through http");

        return CallAsync(id, new ActorMethodContext(methodName, ActorCallType.ActorInterfaceMethod), async actor =>
        {
            object?[] arguments = method.Parameters.Length == 0 ? [] : [JsonSerializer.Deserialize(body, method.Parameters[0].Type, _json)];
            var result = await method.InvokeAsync(actor, arguments, cancellationToken);
            return method.ResultType is null ? [] : JsonSerializer.SerializeToUtf8Bytes(result, _json);
        });
    }

    public async Task RemindAsync(ActorId id, string name, byte[] body)
    {
        if (!_type.IsRemindable) return;

        using var document = JsonDocument.Parse(body);
        var (data, dueTime, period) = Schedule.ReadFiredReminder(document.RootElement);
        await CallAsync(id, new ActorMethodContext(nameof(IRemindable.ReceiveReminderAsync), ActorCallType.ReminderMethod), async actor =>
        {
            await ((IRemindable)actor).ReceiveReminderAsync(name, data, dueTime, period);
            return true;
        });
    }

    /// <returns>What the callback answered, false if it answers nothing.</returns>
    public async Task<bool> FireTimerAsync(ActorId id, byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var (callback, data) = Schedule.ReadFiredTimer(document.RootElement);
        return await CallAsync(id, new ActorMethodContext("FireTimerAsync", ActorCallType.TimerMethod), async actor =>
        {
            var method = actor.GetType().GetMethod(callback, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
                ?? throw new MissingMethodException($"Actor type {_type.ImplementationType} doesn't have method {callback}");
            object?[] arguments = method.GetParameters().Length == 0 ? [] : [data];
            var task = (Task)method.Invoke(actor, BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
            await task;
            return task is Task<bool> answer && await answer;
        });
    }

    public async Task DeactivateAsync(ActorId id)
    {
        if (_actors.TryRemove(id, out var active)) await DeactivateAsync(active);
    }

    private async Task<T> CallAsync<T>(ActorId id, ActorMethodContext context, Func<Actor, Task<T>> method)
    {
        var actor = _actors.TryGetValue(id, out var active) ? active.Actor : await ActivateAsync(id);
        return await actor.CallAsync(context, method);
    }

    private async Task<Actor> ActivateAsync(ActorId id)
    {
        var scope = _scopes.CreateAsyncScope();
        Active active;
        try
        {
            active = new Active((Actor)_create(scope.ServiceProvider, [_host(id)]), scope);
        }
        catch
        {
            await scope.DisposeAsync();
            throw;
        }

        try
        {
            await active.Actor.ActivateAsync();
        }
        catch
        {
            await ReleaseAsync(active);
            throw;
        }

        // The sidecar activates an actor once; should it not, the first instance stays.
        var kept = _actors.GetOrAdd(id, active);
        if (!ReferenceEquals(kept, active)) await DeactivateAsync(active);
        return kept.Actor;
    }

    private static async Task DeactivateAsync(Active active)
    {
        try
        {
            await active.Actor.DeactivateAsync();
        }
        finally
        {
            await ReleaseAsync(active);
        }
    }

    private static async Task ReleaseAsync(Active active)
    {
        if (active.Actor is IAsyncDisposable asynchronous) await asynchronous.DisposeAsync();
        else (active.Actor as IDisposable)?.Dispose();
        await active.Scope.DisposeAsync();
    }
}
