namespace Gateway.Contracts.Accounts;

public sealed record RuleValueQuery
{
    /// <summary>How many to pass over.</summary>
    public long After { get; init; }
    public required int Limit { get; init; }
}
