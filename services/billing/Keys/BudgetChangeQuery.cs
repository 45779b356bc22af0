namespace Gateway.Billing.Keys;

/// <summary>The latest changes of budgets, the newest first.</summary>
public sealed record BudgetChangeQuery
{
    /// <summary>Only older ones than this; null: from the newest on.</summary>
    public long? OlderThan { get; init; }
    public required int Limit { get; init; }
}
