#nullable disable
namespace Dapr;

public interface IDeadLetterTopicMetadata
{
    string DeadLetterTopic { get; }
}
