using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Token buckets per minute and a ceiling on requests at the same time; null is no limit.</summary>
public sealed record KeyLimits
{
    [JsonPropertyName("requestsPerMinute")] public long? RequestsPerMinute { get; init; }
    [JsonPropertyName("inputTokensPerMinute")] public long? InputTokensPerMinute { get; init; }
    [JsonPropertyName("outputTokensPerMinute")] public long? OutputTokensPerMinute { get; init; }
    [JsonPropertyName("concurrentRequests")] public int? ConcurrentRequests { get; init; }
}
