namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>An account as far as it is counted: its events first, its days then.</summary>
internal sealed record AccountCount
{
    public required string KeyId { get; init; }

    /// <summary>The number of the last event that was looked at.</summary>
    public long Read { get; set; }

    /// <summary>Those events.</summary>
    public UsageTally Events { get; set; } = new();

    /// <summary>Null: the events are not all counted.</summary>
    public DayCount? Days { get; set; }
}
