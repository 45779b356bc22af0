using System.Text.Json.Serialization;
using Gateway.Contracts.Catalog;

namespace Gateway.Contracts.Usage;

/// <summary>What a request cost, and the price it was worked out with.</summary>
public sealed record Cost
{
    /// <summary>No sum of money anywhere is larger.</summary>
    public const decimal Most = 1_000_000_000_000m;

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required decimal Amount { get; init; }

    public required string Currency { get; init; }
    public required Price Price { get; init; }

    /// <summary>
    /// What of the amount was taken for want of better: <c>cache_read</c>, <c>cache_write_5m</c>, <c>cache_write_1h</c> have no price of their own and
    /// cost as much as input; <c>factor:fast</c> is no factor of the price, the largest that is was taken; <c>reservation</c>, as much as had been
    /// reserved; <c>cache_state</c>, the provider never got to say what of the input its cache had. Null: nothing.
    /// </summary>
    public IReadOnlyList<string>? Assumed { get; init; }

    /// <summary>True where the provider did not say how long what it cached stays: the 5-minute rate was taken (rule F2).</summary>
    public bool? AssumedCacheLifetime { get; init; }
}
