using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>A route that was tried before the one that the request is charged for (rule F18).</summary>
public sealed record FailedRoute
{
    [JsonPropertyName("provider")] public required string Provider { get; init; }
    [JsonPropertyName("upstream_model")] public required string UpstreamModel { get; init; }
    [JsonPropertyName("error_type")] public required string ErrorType { get; init; }

    /// <summary>What it said it used before it failed; the provider may ask for it, the client is not charged.</summary>
    [JsonPropertyName("usage")] public TokenUsage? Usage { get; init; }

    /// <summary>That usage at the route's price; null when nothing was said, or there is no price.</summary>
    [JsonPropertyName("cost")] public Cost? Cost { get; init; }
}
