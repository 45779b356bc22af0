using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// What ingress needs to know of a key, as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfHash"/>.
/// The key itself is never stored.
/// </summary>
public sealed record KeyRecord
{
    /// <summary>A <see cref="SafeguardsModel"/> that is none, whatever the group or the catalog says.</summary>
    public const string NoSafeguardsModel = "none";

    public required string Id { get; init; }
    public string? Name { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    public string? Prefix { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Since when it is refused until somebody resumes it.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>Catalog ids, or patterns with a trailing <c>*</c>; null allows every model.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    public bool NativeOnly { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    /// <summary>The team this key belongs to, an account of its own.</summary>
    public string? TeamId { get; init; }

    /// <summary>The accounts a request of this key is admitted by: the key's own, then its team's, then the organisation's.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>What happens to an answer whose client has left, and how it is billed.</summary>
    public DisconnectPolicy OnDisconnect { get; set; } = DisconnectPolicy.Estimate;

    /// <summary>Adds <c>cost</c> and the other gateways' token names to the answers' <c>usage</c> (rule C8).</summary>
    public bool ExtendedUsage { get; init; }

    /// <summary>
    /// The model that judges the tool calls of a request with <c>safeguards</c> where its provider does not; null: the team's, the
    /// organisation's or the catalog's.
    /// </summary>
    public string? SafeguardsModel { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What ingress has found of its groups that stops it, or will; not part of what is stored.</summary>
    [JsonIgnore]
    public IReadOnlyList<GroupRecord>? Stops { get; init; }

    public bool IsUsable(DateTimeOffset now) =>
        PausedAt is null && (RevokedAt is null || RevokedAt > now) && (ExpiresAt is null || ExpiresAt > now)
        && Stops?.All(group => group.IsUsable(now)) is not false;
}
