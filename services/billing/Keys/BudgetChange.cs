namespace Gateway.Billing.Keys;

/// <summary>A budget that was set, changed or taken away, by whichever call.</summary>
public sealed record BudgetChange
{
    /// <summary>Its place in the list, from 1 on.</summary>
    public long Number { get; init; }
    public required string AccountId { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>Null: there was none.</summary>
    public SpendLimitEntry? Before { get; init; }

    /// <summary>Null: there is none any more.</summary>
    public SpendLimitEntry? After { get; init; }
}
