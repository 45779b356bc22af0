namespace Gateway.Contracts.Catalog;

/// <summary>A model clients can ask for.</summary>
public sealed record ModelEntry
{
    public required string Id { get; init; }
    public string? DisplayName { get; init; }
    public IReadOnlyList<string> Aliases { get; set; } = [];

    /// <summary>Tried in order; routes of equal <c>priority</c> share by <c>weight</c>.</summary>
    public IReadOnlyList<RouteEntry> Routes { get; set; } = [];
    public int? ContextTokens { get; init; }
    public int? MaxOutputTokens { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>What the model can do; null is unknown, and then nothing is refused on its account.</summary>
    public ModelCapabilities? Capabilities { get; init; }
    public Price? Price { get; init; }

    /// <summary>The model that judges this one's tool calls, in place of the catalog's.</summary>
    public string? SafeguardsModel { get; init; }

    /// <summary>Whether an entry of a key's models means this one: its id, an alias, or the beginning of its id followed by <c>*</c>.</summary>
    public bool IsMeantBy(string entry) =>
        entry == Id || Aliases.Contains(entry) || (entry.EndsWith('*') && Id.AsSpan().StartsWith(entry.AsSpan()[..^1], StringComparison.Ordinal));
}
