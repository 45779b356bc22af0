namespace Dapr.Client;

public class BulkPublishResponseFailedEntry<TValue>
{
    public BulkPublishResponseFailedEntry(BulkPublishEntry<TValue> entry, string errorMessage)
    {
        Entry = entry;
        ErrorMessage = errorMessage;
    }

    public BulkPublishEntry<TValue> Entry { get; }
    public string ErrorMessage { get; }
}
