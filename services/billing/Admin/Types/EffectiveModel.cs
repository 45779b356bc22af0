namespace Gateway.Billing.Admin;

/// <summary>A model that a key may use, and by what.</summary>
public sealed record EffectiveModel
{
    /// <summary>Its id in the catalog; or an entry for names that a wildcard of the catalog covers.</summary>
    /// <example>anthropic/claude-haiku-4.5</example>
    public required string Model { get; init; }

    /// <summary>The entries that allow it: of each list there is, of the key, its team and its organisation, one.</summary>
    /// <example>[{"account":"key_4QmVXb2s","entry":"group:fast"},{"account":"org:2PzVn8Wd","entry":"anthropic/*"}]</example>
    public required IReadOnlyList<ModelSource> From { get; init; }
}
