namespace Gateway.Contracts.Accounts;

/// <summary>A page of an account's events, oldest first as they were recorded.</summary>
public sealed record EventQuery
{
    /// <summary>The number of the last event already seen; 0 starts at the first.</summary>
    public long After { get; init; }
    public required int Limit { get; init; }
}
