namespace Dapr.Client;

/// <summary>Which of the events that were published together did not get there; none is the usual answer.</summary>
public class BulkPublishResponse<TValue>
{
    public BulkPublishResponse(List<BulkPublishResponseFailedEntry<TValue>> failedEntries) => FailedEntries = failedEntries;

    public List<BulkPublishResponseFailedEntry<TValue>> FailedEntries { get; }
}
