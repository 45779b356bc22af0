using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>What became of the dead letters; those that failed are kept.</summary>
public sealed record ReplayResult
{
    [JsonPropertyName("replayed")] public required int Replayed { get; init; }
    [JsonPropertyName("failed")] public required int Failed { get; init; }
}
