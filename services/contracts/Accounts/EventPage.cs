using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

public sealed record EventPage
{
    [JsonPropertyName("events")] public IReadOnlyList<UsageEvent> Events { get; set; } = [];

    /// <summary>What to ask for next; null at the end.</summary>
    [JsonPropertyName("next")] public long? Next { get; init; }
}
