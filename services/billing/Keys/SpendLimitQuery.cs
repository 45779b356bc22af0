namespace Gateway.Billing.Keys;

/// <summary>A page of budgets: organisations', teams', keys', users', each in the order in which the accounts were made.</summary>
public sealed record SpendLimitQuery
{
    /// <summary>The account after which the page begins.</summary>
    public string? After { get; init; }

    /// <summary>The account before which it ends; not with <see cref="After"/>.</summary>
    public string? Before { get; init; }
    public required int Limit { get; init; }

    /// <summary>Only of one kind, keys and users together; null: of all.</summary>
    public SpendLimitKind? Kind { get; init; }
}
