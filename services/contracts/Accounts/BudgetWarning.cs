using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// The data of <c>gateway.quota.warning.v1</c>: spend has reached a threshold of a budget, for the first time in its period. It is decided with the spend,
/// in one write, and published until the broker has it; deliveries of one warning have one <see cref="Id"/>, which is the CloudEvent's, too.
/// </summary>
public sealed record BudgetWarning
{
    public required string Id { get; init; }
    public required string AccountId { get; init; }

    /// <summary>Of an account of a rule.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CountedRule? Rule { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The threshold.</summary>
    public required int Percent { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Amount { get; init; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Spent { get; init; }

    public required string Currency { get; init; }
    public required BudgetPeriod Period { get; init; }

    /// <summary>When the next period begins; null for a budget in total.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>See <see cref="BudgetStatus.EndsOn"/>.</summary>
    public DateOnly? EndsOn { get; init; }
}
