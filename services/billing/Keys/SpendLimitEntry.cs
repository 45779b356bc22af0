using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>The budget of a key, a team or an organisation.</summary>
public sealed record SpendLimitEntry
{
    public required string AccountId { get; init; }
    public required KeyBudget Budget { get; init; }
    public required BudgetDates Dates { get; init; }
}
