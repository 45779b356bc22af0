using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>For each account, whether its events, its roll-ups and its balance say the same (rule F40).</summary>
public sealed record ReconciliationReport
{
    [JsonPropertyName("data")] public required IReadOnlyList<ReconciliationLine> Data { get; init; }

    /// <summary>Whether every line is.</summary>
    [JsonPropertyName("consistent")] public required bool Consistent { get; init; }
    [JsonPropertyName("hasMore")] public required bool HasMore { get; init; }
    [JsonPropertyName("nextAfter")] public string? NextAfter { get; init; }
}
