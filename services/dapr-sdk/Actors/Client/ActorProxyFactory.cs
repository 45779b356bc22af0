#nullable disable
using System.Reflection;
using Dapr.Actors.Wire;

namespace Dapr.Actors.Client;

public class ActorProxyFactory : IActorProxyFactory
{
    private readonly HttpMessageHandler _handler;
    private ActorProxyOptions _defaultOptions;

    public ActorProxyFactory(ActorProxyOptions options = null, HttpMessageHandler handler = null)
    {
        _defaultOptions = options ?? new ActorProxyOptions();
        _handler = handler;
    }

    public ActorProxyOptions DefaultOptions
    {
        get => _defaultOptions;
        set => _defaultOptions = value ?? throw new ArgumentNullException(nameof(value));
    }

    public TActorInterface CreateActorProxy<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions options = null) where TActorInterface : IActor =>
        (TActorInterface)CreateActorProxy(actorId, typeof(TActorInterface), actorType, options);

    public ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions options = null)
    {
        var chosen = options ?? DefaultOptions;
        return new ActorProxy(actorId, actorType, SidecarOf(chosen), chosen.JsonSerializerOptions);
    }

    /// <exception cref="NotSupportedException">The options ask for remoting in XML.</exception>
    public object CreateActorProxy(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions options = null)
    {
        var chosen = options ?? DefaultOptions;
        foreach (var type in actorInterfaceType.GetInterfaces().Append(actorInterfaceType).Where(t => t != typeof(IActor))) ActorInterface.Of(type);
        if (!chosen.UseJsonSerialization)
            throw new NotSupportedException("This build has no XML remoting: set ActorProxyOptions.UseJsonSerialization, or use the injected IActorProxyFactory of a service whose AddActors sets it.");

        var proxy = (StrongActorProxy)DispatchProxy.Create(actorInterfaceType, typeof(StrongActorProxy));
        proxy.Connect(actorId, actorType, SidecarOf(chosen), RemotingBody.With(chosen.JsonSerializerOptions));
        return proxy;
    }

    private ActorSidecar SidecarOf(ActorProxyOptions options) => new(options.HttpEndpoint, options.DaprApiToken, options.RequestTimeout, _handler);
}
