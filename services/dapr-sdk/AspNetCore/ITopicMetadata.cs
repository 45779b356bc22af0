#nullable disable
namespace Dapr;

/// <summary>Endpoint metadata: this endpoint takes the events of a topic.</summary>
public interface ITopicMetadata
{
    string Name { get; }
    string PubsubName { get; }

    /// <summary>A CEL expression; the endpoint takes only the events it is true of.</summary>
    string Match { get; }

    int Priority { get; }
}
