using Gateway.Contracts.Catalog;

namespace Gateway.Billing.Admin;

/// <summary>What a model costs by one of its routes.</summary>
public sealed record PriceLine
{
    /// <example>anthropic/claude-sonnet-4.5</example>
    public required string Model { get; init; }

    /// <example>anthropic</example>
    public required string Provider { get; init; }

    /// <summary>The model's name there.</summary>
    /// <example>claude-sonnet-4-5-20250929</example>
    public required string UpstreamModel { get; init; }

    /// <summary>Missing where none is known: a strict budget then refuses the model.</summary>
    public Price? Price { get; init; }

    /// <summary>What the price does not say. Caches then cost as much as input, tiers as much as the dearest one that is listed.</summary>
    /// <example>["perRequest.webSearch"]</example>
    public required IReadOnlyList<string> Lacks { get; init; }
}
