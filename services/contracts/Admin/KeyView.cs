using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Admin;

/// <summary>A key as the admin API shows it.</summary>
public sealed record KeyView
{
    [JsonPropertyName("id")] public required string Id { get; init; }

    /// <summary>The key itself: in the answer to its creation and rotation only. It is stored nowhere.</summary>
    [JsonPropertyName("key")] public string? Key { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    [JsonPropertyName("prefix")] public string? Prefix { get; init; }
    [JsonPropertyName("name")] public string? Name { get; init; }
    [JsonPropertyName("createdAt")] public required DateTimeOffset CreatedAt { get; init; }
    [JsonPropertyName("expiresAt")] public DateTimeOffset? ExpiresAt { get; init; }
    [JsonPropertyName("revokedAt")] public DateTimeOffset? RevokedAt { get; init; }
    [JsonPropertyName("models")] public IReadOnlyList<string>? Models { get; init; }
    [JsonPropertyName("nativeOnly")] public bool NativeOnly { get; init; }
    [JsonPropertyName("limits")] public KeyLimits? Limits { get; init; }
    [JsonPropertyName("budget")] public KeyBudget? Budget { get; init; }
    [JsonPropertyName("teamId")] public string? TeamId { get; init; }
    [JsonPropertyName("onDisconnect")] public DisconnectPolicy OnDisconnect { get; init; }
    [JsonPropertyName("extendedUsage")] public bool ExtendedUsage { get; init; }
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>After a rotation: until when the key before is still good.</summary>
    [JsonPropertyName("previousKeyExpiresAt")] public DateTimeOffset? PreviousKeyExpiresAt { get; init; }

    public static KeyView Of(KeyRecord record) => new()
    {
        Id = record.Id,
        Prefix = record.Prefix,
        Name = record.Name,
        CreatedAt = record.CreatedAt,
        ExpiresAt = record.ExpiresAt,
        RevokedAt = record.RevokedAt,
        Models = record.Models,
        NativeOnly = record.NativeOnly,
        Limits = record.Limits,
        Budget = record.Budget,
        TeamId = record.TeamId,
        OnDisconnect = record.OnDisconnect,
        ExtendedUsage = record.ExtendedUsage,
        Metadata = record.Metadata,
    };
}
