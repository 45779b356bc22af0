namespace Gateway.Billing.Keys;

/// <summary>Keys that were made together, or what was wrong by field.</summary>
public sealed record KeysResult
{
    public IReadOnlyList<KeyResult> Made { get; init; } = [];
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>The idempotency key has been used for something else.</summary>
    public string? Conflict { get; init; }

    /// <summary>They had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }
}
