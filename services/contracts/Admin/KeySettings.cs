using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Admin;

/// <summary>What an admin decides about a key: the body of its creation, and the document that a merge patch (RFC 7396) changes.</summary>
public sealed record KeySettings
{
    [JsonPropertyName("name")] public string? Name { get; init; }

    /// <summary>Catalog ids, or patterns with a trailing <c>*</c>; null allows every model.</summary>
    [JsonPropertyName("models")] public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    [JsonPropertyName("nativeOnly")] public bool NativeOnly { get; init; }
    [JsonPropertyName("limits")] public KeyLimits? Limits { get; init; }
    [JsonPropertyName("budget")] public KeyBudget? Budget { get; init; }

    /// <summary>The team the key belongs to, whose limits and budget hold as well.</summary>
    [JsonPropertyName("teamId")] public string? TeamId { get; init; }
    [JsonPropertyName("expiresAt")] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What happens to an answer whose client has left: <c>estimate</c> (default), <c>drain</c> or <c>void</c>.</summary>
    [JsonPropertyName("onDisconnect")] public DisconnectPolicy OnDisconnect { get; set; } = DisconnectPolicy.Estimate;

    /// <summary>Adds <c>cost</c> and other gateways' token names to the <c>usage</c> of answers.</summary>
    [JsonPropertyName("extendedUsage")] public bool ExtendedUsage { get; init; }

    /// <summary>Copied into each usage event.</summary>
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}
