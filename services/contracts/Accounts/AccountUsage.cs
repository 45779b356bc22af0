namespace Gateway.Contracts.Accounts;

/// <summary>An account's roll-ups.</summary>
public sealed record AccountUsage
{
    public IReadOnlyList<UsageRow> Rows { get; set; } = [];
}
