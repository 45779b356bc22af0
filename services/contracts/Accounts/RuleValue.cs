namespace Gateway.Contracts.Accounts;

/// <summary>A value that a rule counts by: a user, a model's id, what a tag says.</summary>
public sealed record RuleValue
{
    public required string Value { get; init; }
}
