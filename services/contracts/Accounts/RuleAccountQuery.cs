namespace Gateway.Contracts.Accounts;

/// <summary>Which value of a rule has this account.</summary>
public sealed record RuleAccountQuery
{
    public required string AccountId { get; init; }
}
