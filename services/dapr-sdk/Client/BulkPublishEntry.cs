namespace Dapr.Client;

/// <summary>One of the events that are published together.</summary>
public class BulkPublishEntry<TValue>
{
    public BulkPublishEntry(string entryId, TValue eventData, string contentType, IReadOnlyDictionary<string, string>? metadata = null)
    {
        EntryId = entryId;
        EventData = eventData;
        ContentType = contentType;
        Metadata = metadata;
    }

    public string EntryId { get; }
    public TValue EventData { get; }
    public string ContentType { get; }
    public IReadOnlyDictionary<string, string>? Metadata { get; }
}
