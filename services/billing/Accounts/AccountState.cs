using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// All that an account must remember between calls but its events and day roll-ups. Money is written as strings: a sidecar reads the
/// numbers of actor state as doubles.
/// </summary>
internal sealed record AccountState
{
    [JsonPropertyName("settings")] public AccountSettings Settings { get; set; } = new();
    [JsonPropertyName("requests")] public TokenBucket? Requests { get; set; }
    [JsonPropertyName("inputTokens")] public TokenBucket? InputTokens { get; set; }
    [JsonPropertyName("outputTokens")] public TokenBucket? OutputTokens { get; set; }
    [JsonPropertyName("leases")] public Dictionary<string, LeaseState> Leases { get; set; } = [];

    /// <summary>Spend by day and currency of the latest days: enough to sum up any period that can still change.</summary>
    [JsonPropertyName("days")] public List<DaySpend> Days { get; set; } = [];

    [JsonPropertyName("spent")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public Dictionary<string, decimal> Spent { get; set; } = [];

    [JsonPropertyName("events")] public long Events { get; set; }
    [JsonPropertyName("firstDay")] public DateOnly? FirstDay { get; set; }
    [JsonPropertyName("lastDay")] public DateOnly? LastDay { get; set; }
    [JsonPropertyName("unpricedRequests")] public long UnpricedRequests { get; set; }

    [JsonPropertyName("unsettled")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Unsettled { get; set; }

    [JsonPropertyName("unsettledLeases")] public long UnsettledLeases { get; set; }

    [JsonPropertyName("overrun")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Overrun { get; set; }

    /// <summary>Whether the reminder that looks after silent holders is set.</summary>
    [JsonPropertyName("watched")] public bool Watched { get; set; }

    /// <summary>The start of the period in which the budget was last announced as spent.</summary>
    [JsonPropertyName("exceeded")] public DateOnly? Exceeded { get; set; }
}
