#nullable disable
using Dapr;

namespace Microsoft.AspNetCore.Builder;

public static class DaprEndpointConventionBuilderExtensions
{
    public static T WithTopic<T>(this T builder, string pubsubName, string name) where T : IEndpointConventionBuilder =>
        WithTopic(builder, pubsubName, name, false);

    public static T WithTopic<T>(this T builder, string pubsubName, string name, IDictionary<string, string> metadata) where T : IEndpointConventionBuilder =>
        WithTopic(builder, pubsubName, name, false, metadata);

    public static T WithTopic<T>(this T builder, string pubsubName, string name, bool enableRawPayload) where T : IEndpointConventionBuilder =>
        WithTopic(builder, pubsubName, name, enableRawPayload, null);

    public static T WithTopic<T>(this T builder, string pubsubName, string name, bool enableRawPayload, IDictionary<string, string> metadata) where T : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        Argument.ThrowIfNullOrEmpty(pubsubName, nameof(pubsubName));
        Argument.ThrowIfNullOrEmpty(name, nameof(name));
        return AddTopic(builder, new TopicAttribute(pubsubName, name, enableRawPayload), metadata);
    }

    public static T WithTopic<T>(this T builder, TopicOptions topicOptions) where T : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(topicOptions);
        Argument.ThrowIfNullOrEmpty(topicOptions.PubsubName, nameof(topicOptions.PubsubName));
        Argument.ThrowIfNullOrEmpty(topicOptions.Name, nameof(topicOptions.Name));

        // The official package loses MetadataSeparator on this way, so values of one name are joined with a comma here too.
        var topic = new TopicAttribute(topicOptions.PubsubName, topicOptions.Name, topicOptions.DeadLetterTopic, topicOptions.EnableRawPayload, topicOptions.OwnedMetadatas)
        {
            Match = topicOptions.Match,
            Priority = topicOptions.Priority,
        };
        return AddTopic(builder, topic, topicOptions.Metadata);
    }

    private static T AddTopic<T>(T builder, TopicAttribute topic, IDictionary<string, string> metadata) where T : IEndpointConventionBuilder
    {
        builder.WithMetadata(topic);
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>()) builder.WithMetadata(new TopicMetadataAttribute(name, value));
        return builder;
    }
}
