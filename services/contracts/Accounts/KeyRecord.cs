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

    /// <summary>Catalog ids, patterns with a trailing <c>*</c>, or names of <see cref="Accounts.AccessGroups"/>; null allows every model.</summary>
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
    /// For how many seconds a request may wait, rather than be refused, where a limit has nothing left that comes back in time; null: it does not wait.
    /// </summary>
    public int? QueueSeconds { get; init; }

    /// <summary>
    /// The model that judges the tool calls of a request with <c>safeguards</c> where its provider does not; null: the team's, the
    /// organisation's or the catalog's.
    /// </summary>
    public string? SafeguardsModel { get; init; }

    /// <summary>Who has signed in, for a key that a person got so; its requests are that person's, whatever they say themselves.</summary>
    public string? UserId { get; init; }

    /// <summary>How users, sessions and agents stand in events.</summary>
    public UserIdForm UserIds { get; init; }

    /// <summary>The names of the tags that requests may have; others are left out. Null: any.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What ingress has found of its groups that stops it, or will, or keeps it to some models; not part of what is stored.</summary>
    [JsonIgnore]
    public IReadOnlyList<GroupRecord>? Groups { get; init; }

    /// <summary>Those of the gateway, where its lists of models name any; not part of what is stored.</summary>
    [JsonIgnore]
    public AccessGroups AccessGroups { get; init; } = AccessGroups.None;

    /// <summary>The gateway's rules that may be for a request of it; null: none. Not part of what is stored.</summary>
    [JsonIgnore]
    public IReadOnlyList<RuleRecord>? Rules { get; init; }

    public bool IsUsable(DateTimeOffset now) =>
        PausedAt is null && (RevokedAt is null || RevokedAt > now) && (ExpiresAt is null || ExpiresAt > now)
        && Groups?.All(group => group.IsUsable(now)) is not false;
}
