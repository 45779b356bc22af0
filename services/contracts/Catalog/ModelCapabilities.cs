using System.Text.Json.Serialization;

namespace Gateway.Contracts.Catalog;

public sealed record ModelCapabilities
{
    [JsonPropertyName("images")] public bool? Images { get; init; }
    [JsonPropertyName("pdf")] public bool? Pdf { get; init; }
    [JsonPropertyName("tools")] public bool? Tools { get; init; }

    /// <summary>Whether the model reasons; then sampling parameters may be refused and effort is understood.</summary>
    [JsonPropertyName("reasoning")] public bool? Reasoning { get; init; }
    [JsonPropertyName("structuredOutputs")] public bool? StructuredOutputs { get; init; }
}
