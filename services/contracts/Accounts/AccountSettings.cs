namespace Gateway.Contracts.Accounts;

/// <summary>What an account enforces. Takes effect with the next lease call, so within a lease's lifetime everywhere.</summary>
public sealed record AccountSettings
{
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }
}
