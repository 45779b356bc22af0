namespace Gateway.Contracts.Accounts;

/// <summary>Events of one account that arrived together.</summary>
public sealed record UsageBatch
{
    public required IReadOnlyList<UsageEntry> Entries { get; init; }
}
