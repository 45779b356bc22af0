using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>Events of one account that arrived together.</summary>
public sealed record UsageBatch
{
    [JsonPropertyName("events")] public required IReadOnlyList<UsageEvent> Events { get; init; }
}
