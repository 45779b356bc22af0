namespace Gateway.Contracts.Catalog;

public sealed record RouteEntry
{
    public required string Provider { get; init; }

    /// <summary>The model's id at the provider.</summary>
    public required string Model { get; init; }

    /// <summary>Lower is tried first. By default the position in the list decides.</summary>
    public int? Priority { get; init; }
    public int Weight { get; set; } = 1;

    /// <summary>This route's own window, where it differs from the model's: a request that overflows a smaller one goes on to a larger.</summary>
    public int? ContextTokens { get; init; }

    /// <summary>This route's own price, where it differs from the model's (rule F22).</summary>
    public Price? Price { get; init; }

    /// <summary>What the price of tokens is multiplied by on this route: 1.1 for a regional profile that costs ten per cent more.</summary>
    public decimal? PriceFactor { get; init; }

    /// <summary>The model that judges the tool calls of answers by this route, in place of the model's.</summary>
    public string? SafeguardsModel { get; init; }
}
