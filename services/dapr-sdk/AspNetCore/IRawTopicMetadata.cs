namespace Dapr;

public interface IRawTopicMetadata
{
    bool? EnableRawPayload { get; }
}
