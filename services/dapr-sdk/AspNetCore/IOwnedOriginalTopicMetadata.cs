#nullable disable
namespace Dapr;

/// <summary>Which of an endpoint's <see cref="IOriginalTopicMetadata"/> belong to this topic.</summary>
public interface IOwnedOriginalTopicMetadata
{
    string[] OwnedMetadatas { get; }
    string MetadataSeparator { get; }
}
