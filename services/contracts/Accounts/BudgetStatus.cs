using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>A budget as it stands in its current period.</summary>
public sealed record BudgetStatus
{
    [JsonPropertyName("amount")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Amount { get; init; }

    [JsonPropertyName("currency")] public required string Currency { get; init; }
    [JsonPropertyName("period")] public required BudgetPeriod Period { get; init; }
    [JsonPropertyName("enforcement")] public required BudgetEnforcement Enforcement { get; init; }

    /// <summary>See <see cref="KeyBudget.MaxReservation"/>.</summary>
    [JsonPropertyName("maxReservation")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal? MaxReservation { get; init; }

    /// <summary>Settled by usage events in this period.</summary>
    [JsonPropertyName("spent")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Spent { get; init; }

    /// <summary>In the hands of lease holders: free there, reserved by running requests, or spent with the event still on its way.</summary>
    [JsonPropertyName("held")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Held { get; init; }

    /// <summary>What can still be handed out: the amount less what is spent and held. Never below 0.</summary>
    [JsonPropertyName("left")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Left { get; init; }

    /// <summary>When the next period begins (UTC calendar); null for a budget in total.</summary>
    [JsonPropertyName("resetsAt")] public DateTimeOffset? ResetsAt { get; init; }
}
