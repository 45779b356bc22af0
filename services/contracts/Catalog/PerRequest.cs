using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>Money for each use of a provider's own tool.</summary>
public sealed record PerRequest
{
    [JsonPropertyName("webSearch")] public decimal? WebSearch { get; init; }
    [JsonPropertyName("webFetch")] public decimal? WebFetch { get; init; }
}
