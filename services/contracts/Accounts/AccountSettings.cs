namespace Gateway.Contracts.Accounts;

/// <summary>What an account enforces, or tells its holders. Takes effect with the next lease call, so within a lease's lifetime everywhere.</summary>
public sealed record AccountSettings
{
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    /// <summary>Of a group, as <see cref="KeyRecord.SafeguardsModel"/>; a key's own stands in its record.</summary>
    public string? SafeguardsModel { get; init; }

    /// <summary>The groups that the account is in: a key's team and organisation, a team's organisation.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Of an organisation: for how many days it and all in it keep events, roll-ups of days and what has been counted.</summary>
    public int? RetentionDays { get; init; }
}
