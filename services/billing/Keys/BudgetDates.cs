namespace Gateway.Billing.Keys;

/// <summary>Since when an account has had a budget, and when it was last changed.</summary>
public sealed record BudgetDates
{
    public required DateTimeOffset Set { get; init; }
    public required DateTimeOffset Changed { get; init; }
}
