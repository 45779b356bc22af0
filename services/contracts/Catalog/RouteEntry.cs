using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

public sealed record RouteEntry
{
    [JsonPropertyName("provider")] public required string Provider { get; init; }

    /// <summary>The model's id at the provider.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>Lower is tried first. By default the position in the list decides.</summary>
    [JsonPropertyName("priority")] public int? Priority { get; init; }
    [JsonPropertyName("weight")] public int Weight { get; set; } = 1;

    /// <summary>This route's own price, where it differs from the model's (rule F22).</summary>
    [JsonPropertyName("price")] public Price? Price { get; init; }
}
