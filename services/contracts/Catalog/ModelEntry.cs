using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>A model clients can ask for, or with an id that ends in <c>*</c> all of a kind that are not named.</summary>
public sealed record ModelEntry
{
    public required string Id { get; init; }
    public string? DisplayName { get; init; }

    /// <summary>One line for whoever chooses a model; by default its provider, window and price.</summary>
    public string? Description { get; init; }
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

    /// <summary>Whether the id stands for many, with <c>*</c> for what differs; it is then none to ask for or to list.</summary>
    [JsonIgnore] public bool IsPattern => NamePattern.Is(Id);

    /// <summary>
    /// Whether an entry of a key's models means this one: its id, as Claude Code has it too, an alias, or the beginning of one of them followed by <c>*</c>.
    /// </summary>
    public bool IsMeantBy(string entry)
    {
        if (entry == Id || PickerNames.IsOf(entry, Id))
            return true;
        var beginning = NamePattern.Is(entry) ? entry.AsSpan(0, entry.Length - 1) : default;
        if (beginning.Length > 0 && Id.AsSpan().StartsWith(beginning, StringComparison.Ordinal))
            return true;
        for (var i = 0; i < Aliases.Count; i++)
        {
            if (entry == Aliases[i] || (beginning.Length > 0 && Aliases[i].AsSpan().StartsWith(beginning, StringComparison.Ordinal)))
                return true;
        }

        return entry == "*";
    }
}
