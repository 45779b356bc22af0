using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>What an account has counted over its whole life, to hold against the sum of its events and of its roll-ups.</summary>
public sealed record AccountBalance
{
    public required long Events { get; init; }

    /// <summary>The first and the last day with usage; null before any.</summary>
    public DateOnly? FirstDay { get; init; }
    public DateOnly? LastDay { get; init; }

    /// <summary>Spend by currency.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> Spent { get; init; }

    public required long UnpricedRequests { get; init; }

    /// <summary>Requests that were refused, by reason.</summary>
    public IReadOnlyDictionary<string, long> Refused { get; init; } = new Dictionary<string, long>();

    /// <summary>Money that holders took and neither returned nor accounted for within the time allowed, released since.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Unsettled { get; init; }

    public required long UnsettledLeases { get; init; }

    /// <summary>Money that events cost beyond what their lease held: the reservation was too small.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Overrun { get; init; }

    /// <summary>The sums of what is not kept one by one any more; null: everything is.</summary>
    public PurgedUsage? Purged { get; init; }
}
