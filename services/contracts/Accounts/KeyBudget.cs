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

    /// <summary>
    /// At how many percent of it whoever reads the topic <c>quota</c> is warned, once in each period: at most 10 numbers from 1 to 100. Null is 50, 80 and
    /// 95; an empty list is never.
    /// </summary>
    public IReadOnlyList<int>? WarnAt { get; init; }

    [JsonIgnore]
    public IReadOnlyList<int> WarnAtInForce => WarnAt ?? UsualWarnings;

    private static IReadOnlyList<int> UsualWarnings { get; } = [50, 80, 95];

    /// <summary>By what it says, the list too.</summary>
    public bool Equals(KeyBudget? other) => other is not null
        && (Amount, Currency, Period, Enforcement) == (other.Amount, other.Currency, other.Period, other.Enforcement)
        && (MaxReservation, Unpriced, WarnAt is null) == (other.MaxReservation, other.Unpriced, other.WarnAt is null)
        && WarnAtInForce.SequenceEqual(other.WarnAtInForce);

    public override int GetHashCode() => HashCode.Combine(Amount, Currency, Period, Enforcement, MaxReservation, Unpriced, WarnAt?.Count);

    [JsonIgnore]
    public UnpricedPolicy UnpricedInForce => Unpriced ?? (Enforcement == BudgetEnforcement.Strict ? UnpricedPolicy.Refuse : UnpricedPolicy.Allow);
}
