#nullable disable
namespace Dapr.Actors.Runtime;

public sealed class ActorRegistration
{
    public ActorRegistration(ActorTypeInformation type) : this(type, null) { }

    public ActorRegistration(ActorTypeInformation type, ActorRuntimeOptions options)
    {
        Type = type;
        TypeOptions = options;
    }

    public ActorTypeInformation Type { get; }

    /// <summary>Settings of this type where they differ from the runtime's.</summary>
    public ActorRuntimeOptions TypeOptions { get; }
}
