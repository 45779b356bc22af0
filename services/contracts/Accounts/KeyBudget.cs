using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Money per period of the UTC calendar, or in total.</summary>
public sealed record KeyBudget
{
    public required decimal Amount { get; init; }
    public string Currency { get; set; } = "USD";
    public BudgetPeriod Period { get; set; } = BudgetPeriod.Total;
    public BudgetEnforcement Enforcement { get; set; } = BudgetEnforcement.Strict;

    /// <summary>
    /// The most that one request reserves (rule F27): clients ask for far more output than they use. A request that costs more
    /// takes the rest when it settles, so a strict budget can be passed by that rest. Null reserves in full.
    /// </summary>
    public decimal? MaxReservation { get; init; }

    /// <summary>Whether models without a price in the budget's currency are answered; if nothing is said, only under a soft budget.</summary>
    public UnpricedPolicy? Unpriced { get; init; }

    [JsonIgnore]
    public UnpricedPolicy UnpricedInForce => Unpriced ?? (Enforcement == BudgetEnforcement.Strict ? UnpricedPolicy.Refuse : UnpricedPolicy.Allow);
}
