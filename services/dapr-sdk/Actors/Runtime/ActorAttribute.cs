#nullable disable
namespace Dapr.Actors.Runtime;

[AttributeUsage(AttributeTargets.Class)]
public sealed class ActorAttribute : Attribute
{
    /// <summary>The actor type's name where it is not the class name.</summary>
    public string TypeName { get; set; }
}
