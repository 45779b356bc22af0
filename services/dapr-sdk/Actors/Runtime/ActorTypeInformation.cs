#nullable disable
using System.Reflection;

namespace Dapr.Actors.Runtime;

public sealed class ActorTypeInformation
{
    private ActorTypeInformation(Type type, string name, IReadOnlyList<Type> interfaces)
    {
        ImplementationType = type;
        ActorTypeName = name;
        InterfaceTypes = interfaces;
    }

    public string ActorTypeName { get; }
    public Type ImplementationType { get; }
    public IEnumerable<Type> InterfaceTypes { get; }
    public bool IsAbstract => ImplementationType.IsAbstract;
    public bool IsRemindable => typeof(IRemindable).IsAssignableFrom(ImplementationType);

    /// <exception cref="ArgumentException">The class is no actor, or implements no actor interface.</exception>
    public static ActorTypeInformation Get(Type actorType, string actorTypeName)
    {
        if (!typeof(Actor).IsAssignableFrom(actorType))
            throw new ArgumentException($"The type '{actorType}' is not an actor: it must derive from '{typeof(Actor)}'.", nameof(actorType));

        var interfaces = actorType.GetInterfaces().Where(t => t != typeof(IActor) && typeof(IActor).IsAssignableFrom(t)).ToList();
        if (interfaces.Count == 0)
            throw new ArgumentException($"The type '{actorType}' does not implement any interface that derives from '{typeof(IActor)}'.", nameof(actorType));
        foreach (var type in interfaces)
            if (type.GetInterfaces().Any(parent => !typeof(IActor).IsAssignableFrom(parent)))
                throw new ArgumentException($"The type '{actorType}' implements '{type}', which derives from an interface that is no actor interface.", nameof(actorType));

        return new ActorTypeInformation(actorType, actorTypeName ?? actorType.GetCustomAttribute<ActorAttribute>()?.TypeName ?? actorType.Name, interfaces);
    }
}
