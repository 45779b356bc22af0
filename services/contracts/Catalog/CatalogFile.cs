using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>The catalog as it is written: providers by name, models in order. The catalog in force is one that stands by itself.</summary>
/// <example>
/// {"default":false,"providers":{"demo":{"dialect":"demo"}},"models":[{"id":"demo/echo","routes":[{"provider":"demo","model":"echo"}]}]}
/// </example>
public sealed record CatalogFile
{
    /// <summary>Where an editor finds <c>catalog.schema.json</c>; nothing else reads it.</summary>
    [JsonPropertyName("$schema"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Schema { get; init; }

    /// <summary><c>default</c>, which is implied: the file is merged over the catalog that ships.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public string? Extends { get; init; }

    /// <summary><c>false</c>: the file stands by itself, nothing of the catalog that ships is in it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Default { get; init; }

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
