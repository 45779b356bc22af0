namespace Gateway.Contracts.Catalog;

/// <summary>The catalog as it is written: providers by name, models in order.</summary>
/// <example>
/// {"providers":{"demo":{"dialect":"demo"}},"models":[{"id":"demo/echo","routes":[{"provider":"demo","model":"echo"}]}]}
/// </example>
public sealed record CatalogFile
{
    public IReadOnlyDictionary<string, ProviderEntry> Providers { get; set; } = new Dictionary<string, ProviderEntry>();
    public IReadOnlyList<ModelEntry> Models { get; set; } = [];
}
