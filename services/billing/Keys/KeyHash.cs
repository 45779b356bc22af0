namespace Gateway.Billing.Keys;

internal sealed record KeyHash
{
    public required string Hash { get; init; }
    public required string Prefix { get; init; }

    /// <summary>When a rotation ends it.</summary>
    public DateTimeOffset? ValidUntil { get; init; }
}
