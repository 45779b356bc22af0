using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>A budget as it stands in its current period.</summary>
public sealed record BudgetStatus
{
    /// <summary>More than enough to tell how far a budget is passed; a lowered one may be tiny beside what was spent before.</summary>
    private const decimal MostPartSpent = 1_000_000;

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Amount { get; init; }

    public required string Currency { get; init; }
    public required BudgetPeriod Period { get; init; }
    public required BudgetEnforcement Enforcement { get; init; }

    /// <summary>See <see cref="KeyBudget.MaxReservation"/>.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal? MaxReservation { get; init; }

    /// <summary>See <see cref="KeyBudget.Unpriced"/>.</summary>
    public UnpricedPolicy Unpriced { get; init; }

    /// <summary>Settled by usage events in this period.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Spent { get; init; }

    /// <summary>In the hands of lease holders: free there, reserved by running requests, or spent with the event still on its way.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Held { get; init; }

    /// <summary>What can still be handed out: the amount less what is spent and held. Never below 0.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Left { get; init; }

    /// <summary>When the next period begins (UTC calendar); null for a budget in total.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>
    /// The day (UTC) on which it will be spent, if spend goes on as in the last seven days; null where it lasts for its period, or nothing was spent in
    /// these, or it is spent. Only where the account's state is asked for.
    /// </summary>
    public DateOnly? EndsOn { get; init; }

    /// <summary>The part of the amount that is spent, a million at most; above 1 after an overrun, or where the budget was lowered.</summary>
    public decimal PartSpent() => Spent >= Amount * MostPartSpent ? MostPartSpent : Spent / Amount;
}
