using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Why a need was refused: the first limit that could not cover it, and what a client should be told.</summary>
public sealed record QuotaRefusal
{
    public required string AccountId { get; init; }
    public required QuotaDimension Dimension { get; init; }

    /// <summary>
    /// Whether waiting helps. Rates and slots: always. A budget: only when the need would fit but for money that is held by leases and
    /// running requests and may come back. False means that the budget is spent: answer in a form that clients do not retry (rule F29).
    /// </summary>
    public required bool Transient { get; init; }

    /// <summary>When the need can be covered at the earliest, milliseconds from now; null where <see cref="Transient"/> is false.</summary>
    public long? RetryAfterMs { get; init; }

    /// <summary>The limit itself: requests or tokens a minute, slots, or the budget's amount.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Limit { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Needed { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Left { get; init; }

    public string? Currency { get; init; }
    public BudgetPeriod? Period { get; init; }

    /// <summary>When the budget's next period begins; null for a budget in total, and for what is no budget.</summary>
    public DateTimeOffset? ResetsAt { get; init; }
}
