using System.Text.Json.Serialization;
using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Usage;

/// <summary>What a request cost, and the price it was worked out with.</summary>
public sealed record Cost
{
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Amount { get; init; }

    public required string Currency { get; init; }
    public required Price Price { get; init; }

    /// <summary>True where the provider did not say how long what it cached stays: the 5-minute rate was taken (rule F2).</summary>
    public bool? AssumedCacheLifetime { get; init; }
}
