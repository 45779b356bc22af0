using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record SpendLimitCommand
{
    public required string AccountId { get; init; }

    /// <summary>In dollars; null takes the budget away.</summary>
    public decimal? Amount { get; init; }
    public BudgetPeriod Period { get; init; }
}
