namespace Gateway.Billing.Admin;

/// <summary>What became of the dead letters; those that failed are kept.</summary>
internal sealed record ReplayResult
{
    /// <summary>How many were taken now, and are gone from the dead letters.</summary>
    /// <example>1</example>
    public required int Replayed { get; init; }

    /// <summary>How many were not; each says its reason.</summary>
    /// <example>0</example>
    public required int Failed { get; init; }
}
