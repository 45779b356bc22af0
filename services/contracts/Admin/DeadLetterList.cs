using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

public sealed record DeadLetterList
{
    [JsonPropertyName("data")] public IReadOnlyList<DeadLetter> Data { get; set; } = [];
    [JsonPropertyName("hasMore")] public required bool HasMore { get; init; }
    [JsonPropertyName("nextAfter")] public string? NextAfter { get; init; }
}
