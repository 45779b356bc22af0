#nullable disable
using System.Collections.ObjectModel;

namespace Dapr.Actors.Runtime;

public sealed class ActorRegistrationCollection : KeyedCollection<ActorTypeInformation, ActorRegistration>
{
    public void RegisterActor<TActor>(Action<ActorRegistration> configure = null) where TActor : Actor =>
        RegisterActor<TActor>(null, null, configure);

    public void RegisterActor<TActor>(ActorRuntimeOptions typeOptions, Action<ActorRegistration> configure = null) where TActor : Actor =>
        RegisterActor<TActor>(null, typeOptions, configure);

    public void RegisterActor<TActor>(string actorTypeName, Action<ActorRegistration> configure = null) where TActor : Actor =>
        RegisterActor<TActor>(actorTypeName, null, configure);

    public void RegisterActor<TActor>(string actorTypeName, ActorRuntimeOptions typeOptions, Action<ActorRegistration> configure = null) where TActor : Actor
    {
        var registration = new ActorRegistration(ActorTypeInformation.Get(typeof(TActor), actorTypeName), typeOptions);
        configure?.Invoke(registration);
        Add(registration);
    }

    protected override ActorTypeInformation GetKeyForItem(ActorRegistration item) => item.Type;
}
