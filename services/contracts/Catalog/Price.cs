using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>
/// A model's public price and where it was read. It stands in usage events too, whose naming policy is another: names of several words are
/// spelt out, here and in its parts.
/// </summary>
public sealed record Price
{
    public required string Currency { get; init; }
    [JsonPropertyName("perMillion")] public required PerMillion PerMillion { get; init; }

    [JsonPropertyName("longContext")] public LongContext? LongContext { get; init; }
    [JsonPropertyName("perRequest")] public PerRequest? PerRequest { get; init; }

    /// <summary>
    /// What the token cost is multiplied by for a service tier, speed or region the provider reports: <c>batch</c>, <c>priority</c>,
    /// <c>fast</c>, <c>us</c>. One that is reported and not listed costs as much as the dearest that is; where none costs more, the cost is unknown.
    /// </summary>
    public IReadOnlyDictionary<string, decimal>? Factors { get; init; }

    /// <summary>The same price with that of tokens multiplied; itself for null.</summary>
    public Price Times(decimal? factor) => factor is null or 1
        ? this
        : this with
        {
            PerMillion = PerMillion.Times(factor.Value),
            LongContext = LongContext?.Times(factor.Value),
        };

    /// <summary>The rates of a request with so much input.</summary>
    public PerMillion RatesFor(long inputTokens)
    {
        var rates = PerMillion;
        for (var step = LongContext; step is not null && inputTokens > step.AboveInputTokens; step = step.Longer)
            rates = step.PerMillion;
        return rates;
    }

    /// <summary>The public page the price is from.</summary>
    public string? Source { get; init; }

    /// <summary>The day it was read there; names the price's version.</summary>
    [JsonPropertyName("asOf")] public DateOnly? AsOf { get; init; }
}
