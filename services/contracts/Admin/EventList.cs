using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Admin;

/// <summary>A page of a key's usage events, in the order they were recorded.</summary>
public sealed record EventList
{
    [JsonPropertyName("data")]
    [JsonConverter(typeof(UsageEventsConverter))]
    public required IReadOnlyList<UsageEvent> Data { get; init; }
    [JsonPropertyName("hasMore")] public required bool HasMore { get; init; }
    [JsonPropertyName("nextAfter")] public string? NextAfter { get; init; }
}
