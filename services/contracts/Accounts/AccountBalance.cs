using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What an account has counted over its whole life, to hold against the sum of its events and of its roll-ups.</summary>
public sealed record AccountBalance
{
    [JsonPropertyName("events")] public required long Events { get; init; }

    /// <summary>The first and the last day with usage; null before any.</summary>
    [JsonPropertyName("firstDay")] public DateOnly? FirstDay { get; init; }
    [JsonPropertyName("lastDay")] public DateOnly? LastDay { get; init; }

    /// <summary>Spend by currency.</summary>
    [JsonPropertyName("spent")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> Spent { get; init; }

    [JsonPropertyName("unpricedRequests")] public required long UnpricedRequests { get; init; }

    /// <summary>Money that holders took and neither returned nor accounted for within the time allowed, released since.</summary>
    [JsonPropertyName("unsettled")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Unsettled { get; init; }

    [JsonPropertyName("unsettledLeases")] public required long UnsettledLeases { get; init; }

    /// <summary>Money that events cost beyond what their lease held: the reservation was too small.</summary>
    [JsonPropertyName("overrun")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Overrun { get; init; }
}
