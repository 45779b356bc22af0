namespace Gateway.Billing.Admin;

/// <summary>The prices in force, one line for each route of each model.</summary>
public sealed record PriceList
{
    public required IReadOnlyList<PriceLine> Data { get; init; }

    /// <summary>Models that have no price for input and output by any of their routes.</summary>
    /// <example>["openrouter/auto"]</example>
    public required IReadOnlyList<string> Unpriced { get; init; }
}
