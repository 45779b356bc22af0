using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// What ingress needs to know of a key, as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfHash"/>.
/// The key itself is never stored.
/// </summary>
public sealed record KeyRecord
{
    [JsonPropertyName("id")] public required string Id { get; init; }
    [JsonPropertyName("name")] public string? Name { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    [JsonPropertyName("prefix")] public string? Prefix { get; init; }
    [JsonPropertyName("createdAt")] public required DateTimeOffset CreatedAt { get; init; }
    [JsonPropertyName("expiresAt")] public DateTimeOffset? ExpiresAt { get; init; }
    [JsonPropertyName("revokedAt")] public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Catalog ids, or patterns with a trailing <c>*</c>; null allows every model.</summary>
    [JsonPropertyName("models")] public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    [JsonPropertyName("nativeOnly")] public bool NativeOnly { get; init; }
    [JsonPropertyName("limits")] public KeyLimits? Limits { get; init; }
    [JsonPropertyName("budget")] public KeyBudget? Budget { get; init; }

    /// <summary>The team this key belongs to, an account of its own.</summary>
    [JsonPropertyName("teamId")] public string? TeamId { get; init; }

    /// <summary>The accounts a request of this key is admitted by: the key's own, then its team's, then the organisation's.</summary>
    [JsonPropertyName("accounts")] public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>What happens to an answer whose client has left, and how it is billed.</summary>
    [JsonPropertyName("onDisconnect")] public DisconnectPolicy OnDisconnect { get; set; } = DisconnectPolicy.Estimate;

    /// <summary>Adds <c>cost</c> and the other gateways' token names to the answers' <c>usage</c> (rule C8).</summary>
    [JsonPropertyName("extendedUsage")] public bool ExtendedUsage { get; init; }

    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    public bool IsUsable(DateTimeOffset now) => (RevokedAt is null || RevokedAt > now) && (ExpiresAt is null || ExpiresAt > now);
}
