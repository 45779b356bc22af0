using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The data of <c>gateway.quota.exceeded.v1</c>: a budget has refused a request for the first time in its period.</summary>
public sealed record QuotaExceeded
{
    [JsonPropertyName("accountId")] public required string AccountId { get; init; }
    [JsonPropertyName("time")] public required DateTimeOffset Time { get; init; }
    [JsonPropertyName("refusal")] public required QuotaRefusal Refusal { get; init; }
}
