#nullable disable
namespace Dapr;

[AttributeUsage(AttributeTargets.All, AllowMultiple = true)]
public class TopicMetadataAttribute : Attribute, IOriginalTopicMetadata
{
    public TopicMetadataAttribute(string name, string value)
    {
        Argument.ThrowIfNullOrEmpty(name, nameof(name));
        Argument.ThrowIfNull(value, nameof(value));
        Name = name;
        Value = value;
    }

    public TopicMetadataAttribute(string id, string name, string value) : this(name, value)
    {
        Argument.ThrowIfNullOrEmpty(id, nameof(id));
        Id = id;
    }

    public string Id { get; }
    public string Name { get; }
    public string Value { get; }
}
