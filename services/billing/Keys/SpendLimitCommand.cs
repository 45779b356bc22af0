using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record SpendLimitCommand
{
    public required string AccountId { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>In dollars; null takes the budget away.</summary>
    public decimal? Amount { get; init; }
    public BudgetPeriod Period { get; init; }
}
