namespace Gateway.Billing.Keys;

public sealed record AuditQuery
{
    /// <summary>The number of the last one seen; 0: none.</summary>
    public long After { get; init; }
    public required int Limit { get; init; }

    /// <summary>The newest first.</summary>
    public bool Newest { get; init; }

    /// <summary>Only what this one has done; null: everybody.</summary>
    public string? Actor { get; init; }

    /// <summary>Only what was done to this one; null: to anything.</summary>
    public string? Target { get; init; }
}
