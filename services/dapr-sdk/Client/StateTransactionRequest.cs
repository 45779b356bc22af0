namespace Dapr.Client;

/// <summary>One operation of a state transaction. The value is raw bytes and must be JSON already.</summary>
public sealed class StateTransactionRequest
{
    public StateOptions? Options;

    public StateTransactionRequest(
        string key,
        byte[]? value,
        StateOperationType operationType,
        string? etag = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        StateOptions? options = null)
    {
        Argument.ThrowIfNull(key, nameof(key));
        Key = key;
        Value = value;
        OperationType = operationType;
        ETag = etag;
        Metadata = metadata;
        Options = options;
    }

    public string Key { get; }
    public byte[]? Value { get; set; }
    public StateOperationType? OperationType { get; set; }
    public string? ETag { get; set; }
    public IReadOnlyDictionary<string, string>? Metadata { get; set; }
}
