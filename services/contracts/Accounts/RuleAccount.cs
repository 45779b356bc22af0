namespace Gateway.Contracts.Accounts;

/// <summary>The account of a value of a rule.</summary>
public sealed record RuleAccount
{
    public required string AccountId { get; init; }

    /// <summary>It is that of all values that came too late for one of their own.</summary>
    public bool IsShared { get; init; }
}
