using System.Collections.Concurrent;
using System.Reflection;
using System.Text;

namespace Dapr.Actors.Wire;

/// <summary>An actor interface as both ends see it: ids and methods. Refuses what the official package refuses.</summary>
internal sealed class ActorInterface
{
    private static readonly ConcurrentDictionary<Type, ActorInterface> Known = new();

    private readonly Dictionary<int, ActorMethod> _byId;
    private readonly Dictionary<string, ActorMethod> _byName;

    private ActorInterface(Type type)
    {
        Check(type);
        Id = ComputeId(type.Namespace + type.Name);
        Methods = [.. type.GetMethods().Select(m => new ActorMethod(m, Id, ComputeId(type.Name + type.Namespace + m.Name)))];
        if (Methods.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } overloaded)
            throw new ArgumentException($"The actor interface '{type}' has more than one method '{overloaded.Key}': actor methods can't be overloaded.");
        _byId = Methods.ToDictionary(m => m.Id);
        _byName = Methods.ToDictionary(m => m.Name);
    }

    public int Id { get; }
    public IReadOnlyList<ActorMethod> Methods { get; }

    public static ActorInterface Of(Type type) => Known.GetOrAdd(type, static t => new ActorInterface(t));

    public ActorMethod? Method(int methodId) => _byId.GetValueOrDefault(methodId);

    public ActorMethod Method(MethodInfo method) => _byName[method.Name];

    private static int ComputeId(string name) => unchecked((int)Crc64.Of(Encoding.UTF8.GetBytes(name)));

    private static void Check(Type type)
    {
        if (!type.IsInterface || !typeof(IActor).IsAssignableFrom(type))
            throw new ArgumentException($"The type '{type}' is not an actor interface: it must be an interface that derives from '{typeof(IActor)}'.");
        if (type.GetInterfaces().FirstOrDefault(parent => !typeof(IActor).IsAssignableFrom(parent)) is { } stranger)
            throw new ArgumentException($"The type '{type}' is not an actor interface: it derives from '{stranger}', which is none.");
        if (type.IsGenericType)
            throw new ArgumentException($"The actor interface '{type}' is generic.");
        // The official proxies are emitted into an assembly of their own, which sees public types only.
        if (!type.IsVisible)
            throw new ArgumentException($"The actor interface '{type}' is not public.");
    }
}
