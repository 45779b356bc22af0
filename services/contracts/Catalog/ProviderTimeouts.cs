namespace Gateway.Contracts.Catalog;

/// <summary>Milliseconds; never one over the whole stream.</summary>
public sealed record ProviderTimeouts
{
    public int ConnectMs { get; set; } = 10_000;

    /// <summary>From the request to the first byte of the answer; a non-streamed answer has none before it is complete.</summary>
    public int FirstByteMs { get; set; } = 600_000;

    /// <summary>Between two reads of an answer.</summary>
    public int IdleMs { get; set; } = 180_000;
}
