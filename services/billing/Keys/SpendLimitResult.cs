namespace Gateway.Billing.Keys;

/// <summary>What has become of a budget; nothing at all: there is no such account.</summary>
public sealed record SpendLimitResult
{
    public SpendLimitEntry? Before { get; init; }
    public SpendLimitEntry? After { get; init; }

    /// <summary>Why it stays as it is, by the member of the request.</summary>
    public string? Mistake { get; init; }

    public bool Found { get; init; }
}
