namespace Gateway.Contracts.Catalog;

/// <summary>The catalog as it is written: providers by name, models in order.</summary>
/// <example>
/// {"providers":{"demo":{"dialect":"demo"}},"models":[{"id":"demo/echo","routes":[{"provider":"demo","model":"echo"}]}]}
/// </example>
public sealed record CatalogFile
{
    public IReadOnlyDictionary<string, ProviderEntry> Providers { get; set; } = new Dictionary<string, ProviderEntry>();
    public IReadOnlyList<ModelEntry> Models { get; set; } = [];

    /// <summary>
    /// The model that judges the tool calls of requests with <c>safeguards</c> where their provider does not (Claude Code's auto mode); a model's
    /// or a route's own comes first.
    /// </summary>
    public string? SafeguardsModel { get; init; }

    /// <summary>Web search by the gateway itself; null: there is none.</summary>
    public SearchEntry? Search { get; init; }

    /// <summary>Reading of web pages by the gateway itself; null: there is none.</summary>
    public FetchEntry? Fetch { get; init; }
}
