using System.Text.Json;
using Dapr.Actors.Client;
using Dapr.Actors.Wire;
using Microsoft.Extensions.Logging;

namespace Dapr.Actors.Runtime;

/// <summary>What an actor is given when it is made.</summary>
public sealed class ActorHost
{
    internal ActorHost(ActorTypeInformation actorTypeInfo, ActorId id, JsonSerializerOptions jsonSerializerOptions, ILoggerFactory loggerFactory, IActorProxyFactory proxyFactory, ActorSidecar sidecar)
    {
        ActorTypeInfo = actorTypeInfo;
        Id = id;
        JsonSerializerOptions = jsonSerializerOptions;
        LoggerFactory = loggerFactory;
        ProxyFactory = proxyFactory;
        Sidecar = sidecar;
    }

    public ActorTypeInformation ActorTypeInfo { get; }
    public ActorId Id { get; }
    public ILoggerFactory LoggerFactory { get; }
    public JsonSerializerOptions JsonSerializerOptions { get; }
    public IActorProxyFactory ProxyFactory { get; }
    internal ActorSidecar Sidecar { get; }
}
