#nullable disable
using System.Text.Json;
using Dapr.Actors.Wire;

namespace Dapr.Actors.Client;

/// <summary>Calls an actor's methods by name, with plain JSON: for actors written in any language.</summary>
public class ActorProxy : IActorProxy
{
    private readonly ActorSidecar _sidecar;
    private readonly JsonSerializerOptions _json;

    protected ActorProxy() { }

    internal ActorProxy(ActorId actorId, string actorType, ActorSidecar sidecar, JsonSerializerOptions json)
    {
        ActorId = actorId;
        ActorType = actorType;
        _sidecar = sidecar;
        _json = json;
    }

    /// <summary>Has default options, and so no JSON remoting, whatever AddActors says: use the injected factory.</summary>
    public static IActorProxyFactory DefaultProxyFactory { get; } = new ActorProxyFactory();

    public ActorId ActorId { get; }
    public string ActorType { get; }

    public static TActorInterface Create<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions options = null) where TActorInterface : IActor =>
        DefaultProxyFactory.CreateActorProxy<TActorInterface>(actorId, actorType, options);

    public static object Create(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions options = null) =>
        DefaultProxyFactory.CreateActorProxy(actorId, actorInterfaceType, actorType, options);

    public static ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions options = null) =>
        DefaultProxyFactory.Create(actorId, actorType, options);

    public async Task<TResponse> InvokeMethodAsync<TRequest, TResponse>(string method, TRequest data, CancellationToken cancellationToken = default) =>
        Result<TResponse>(await InvokeAsync(method, JsonSerializer.SerializeToUtf8Bytes(data, _json), cancellationToken));

    public async Task InvokeMethodAsync<TRequest>(string method, TRequest data, CancellationToken cancellationToken = default) =>
        await InvokeAsync(method, JsonSerializer.SerializeToUtf8Bytes(data, _json), cancellationToken);

    public async Task<TResponse> InvokeMethodAsync<TResponse>(string method, CancellationToken cancellationToken = default) =>
        Result<TResponse>(await InvokeAsync(method, null, cancellationToken));

    public async Task InvokeMethodAsync(string method, CancellationToken cancellationToken = default) =>
        await InvokeAsync(method, null, cancellationToken);

    private Task<byte[]> InvokeAsync(string method, byte[] json, CancellationToken cancellationToken) =>
        _sidecar.InvokeJsonAsync(ActorType, ActorId.GetId(), method, json, cancellationToken);

    private TResponse Result<TResponse>(byte[] json) => JsonSerializer.Deserialize<TResponse>(json, _json);
}
