using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Days of the UTC calendar, both included.</summary>
public sealed record UsageQuery
{
    [JsonPropertyName("from")] public required DateOnly From { get; init; }
    [JsonPropertyName("to")] public required DateOnly To { get; init; }
}
