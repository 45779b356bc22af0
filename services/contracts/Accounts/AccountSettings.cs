namespace Gateway.Contracts.Accounts;

/// <summary>What an account enforces, or tells its holders. Takes effect with the next lease call, so within a lease's lifetime everywhere.</summary>
public sealed record AccountSettings
{
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    /// <summary>Of a group, as <see cref="KeyRecord.SafeguardsModel"/>; a key's own stands in its record.</summary>
    public string? SafeguardsModel { get; init; }
}
