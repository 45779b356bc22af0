using System.Diagnostics.CodeAnalysis;
using Dapr.Actors;
using Gateway.Tests.DaprSdk;

/// <summary>The interface whose ids were seen on the wire of the official packages; they are computed from its name, namespace (none) and methods.</summary>
[SuppressMessage("Design", "CA1050:Declare types in namespaces", Justification = "The ids hold for the global namespace.")]
public interface ICounter : IActor
{
    Task<int> Add(AddRequest r);
}
