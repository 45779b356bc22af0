namespace Gateway.Contracts.Accounts;

/// <summary>An account's roll-ups.</summary>
public sealed record AccountUsage
{
    public IReadOnlyList<UsageRow> Rows { get; set; } = [];

    /// <summary>Requests of days that are not kept any more (<see cref="PurgedUsage.Rollups"/>).</summary>
    public long Purged { get; init; }
}
