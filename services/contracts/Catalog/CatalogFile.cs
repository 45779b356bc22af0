using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>The catalog as it is written: providers by name, models in order.</summary>
/// <example>
/// {"providers":{"demo":{"dialect":"demo"}},"models":[{"id":"demo/echo","routes":[{"provider":"demo","model":"echo"}]}]}
/// </example>
public sealed record CatalogFile
{
    [JsonPropertyName("providers")] public IReadOnlyDictionary<string, ProviderEntry> Providers { get; set; } = new Dictionary<string, ProviderEntry>();
    [JsonPropertyName("models")] public IReadOnlyList<ModelEntry> Models { get; set; } = [];
}
