namespace Gateway.Contracts.Accounts;

/// <summary>A rule as the holder of a key sees it that it is for.</summary>
public sealed record KeyRule
{
    public string? Name { get; init; }

    /// <summary>Whose requests it is for: the id of this key, its team or its organisation; left out where it is for everybody's.</summary>
    public string? Scope { get; init; }

    /// <summary>What it counts by: <c>model</c>, <c>provider</c>, <c>user</c>, <c>tag:</c> and a tag's name, <c>group:</c> and an access group's.</summary>
    public required string By { get; init; }

    /// <summary>The one value it counts; left out where each is counted by itself, or a group as a whole.</summary>
    public string? Value { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    /// <summary>How it stands; left out where each value is counted by itself.</summary>
    public AccountStatus? Status { get; init; }

    public static KeyRule Of(RuleRecord rule, AccountStatus? status) => new()
    {
        Name = rule.Name,
        Scope = rule.Scope,
        By = rule.By,
        Value = rule.Value,
        Limits = rule.Limits,
        Budget = rule.Budget,
        Status = status,
    };
}
