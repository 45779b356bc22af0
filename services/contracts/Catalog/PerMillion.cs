using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>Money per million tokens, by kind. Null is unknown, which is not 0.</summary>
public sealed record PerMillion
{
    public decimal? Input { get; init; }
    public decimal? Output { get; init; }
    [JsonPropertyName("cacheRead")] public decimal? CacheRead { get; init; }
    [JsonPropertyName("cacheWrite5m")] public decimal? CacheWrite5m { get; init; }
    [JsonPropertyName("cacheWrite1h")] public decimal? CacheWrite1h { get; init; }

    public PerMillion Times(decimal factor) => new()
    {
        Input = Input * factor,
        Output = Output * factor,
        CacheRead = CacheRead * factor,
        CacheWrite5m = CacheWrite5m * factor,
        CacheWrite1h = CacheWrite1h * factor,
    };
}
