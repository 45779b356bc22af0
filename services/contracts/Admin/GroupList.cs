using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>A page of teams or organisations, oldest first.</summary>
public sealed record GroupList
{
    [JsonPropertyName("data")] public IReadOnlyList<GroupView> Data { get; set; } = [];
    [JsonPropertyName("hasMore")] public required bool HasMore { get; init; }
    [JsonPropertyName("nextAfter")] public string? NextAfter { get; init; }
}
