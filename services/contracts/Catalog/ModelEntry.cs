using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>A model clients can ask for.</summary>
public sealed record ModelEntry
{
    [JsonPropertyName("id")] public required string Id { get; init; }
    [JsonPropertyName("displayName")] public string? DisplayName { get; init; }
    [JsonPropertyName("aliases")] public IReadOnlyList<string> Aliases { get; set; } = [];

    /// <summary>Tried in order; routes of equal <c>priority</c> share by <c>weight</c>.</summary>
    [JsonPropertyName("routes")] public IReadOnlyList<RouteEntry> Routes { get; set; } = [];
    [JsonPropertyName("contextTokens")] public int? ContextTokens { get; init; }
    [JsonPropertyName("maxOutputTokens")] public int? MaxOutputTokens { get; init; }
    [JsonPropertyName("createdAt")] public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What the model can do; null is unknown, and then nothing is refused on its account.</summary>
    [JsonPropertyName("capabilities")] public ModelCapabilities? Capabilities { get; init; }
    [JsonPropertyName("price")] public Price? Price { get; init; }
}
