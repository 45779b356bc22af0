using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

/// <summary>Rates that apply to the whole of a request whose input, cached or not, is larger than a threshold.</summary>
public sealed record LongContext
{
    [JsonPropertyName("aboveInputTokens")] public required long AboveInputTokens { get; init; }
    [JsonPropertyName("perMillion")] public required PerMillion PerMillion { get; init; }

    /// <summary>The next step, of a larger threshold.</summary>
    [JsonPropertyName("longContext")] public LongContext? Longer { get; init; }

    /// <summary>The same steps with the price of tokens multiplied.</summary>
    public LongContext Times(decimal factor) => this with { PerMillion = PerMillion.Times(factor), Longer = Longer?.Times(factor) };
}
