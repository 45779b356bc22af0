#nullable disable
namespace Dapr;

/// <summary>One metadata entry of a subscription.</summary>
public interface IOriginalTopicMetadata
{
    string Id { get; }
    string Name { get; }
    string Value { get; }
}
