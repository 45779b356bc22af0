using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>A key as the admin API shows it.</summary>
internal sealed record KeyView
{
    /// <summary>What calls and reports name the key by.</summary>
    /// <example>key_4QmVXb2s</example>
    public required string Id { get; init; }

    /// <summary>The key itself: in the answer to its creation and rotation only. It is stored nowhere.</summary>
    public string? Key { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    /// <example>gw-Xb2sT9</example>
    public string? Prefix { get; init; }

    /// <summary>For people.</summary>
    /// <example>search-ci</example>
    public string? Name { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Since when it is refused until it is resumed.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>The models it may use, as far as its team and organisation allow; left out where that is every model.</summary>
    /// <example>["anthropic/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>
    /// The models of the catalog that it may use in the end, by its own list and those of its team and organisation, and what allows each; left out where
    /// there is no list, in lists of keys and in what makes many. At most 1000.
    /// </summary>
    public IReadOnlyList<EffectiveModel>? EffectiveModels { get; init; }

    /// <summary>The lists that come to those, its own first, then its team's and its organisation's; left out like them.</summary>
    public IReadOnlyList<ModelList>? ModelLists { get; init; }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    /// <example>false</example>
    public bool NativeOnly { get; init; }

    /// <summary>What the key may use.</summary>
    /// <example>{"requestsPerMinute":60,"concurrentRequests":8}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What the key may spend.</summary>
    /// <example>{"amount":25,"currency":"USD","period":"day","enforcement":"strict"}</example>
    public KeyBudget? Budget { get; init; }

    /// <summary>The team the key belongs to.</summary>
    /// <example>team:7FhXk2Qp</example>
    public string? TeamId { get; init; }

    /// <summary>What happens to an answer whose client has left.</summary>
    /// <example>estimate</example>
    public DisconnectPolicy OnDisconnect { get; init; }

    /// <summary>Whether answers' <c>usage</c> has <c>cost</c> and other gateways' token names.</summary>
    /// <example>false</example>
    public bool ExtendedUsage { get; init; }

    /// <summary>For how many seconds its requests may wait for a limit that has nothing left; left out where they do not.</summary>
    /// <example>20</example>
    public int? QueueSeconds { get; init; }

    /// <summary>The model that judges the tool calls of Claude Code's auto mode where the provider of the answer does not.</summary>
    /// <example>demo/echo</example>
    public string? SafeguardsModel { get; init; }

    /// <summary>How users, sessions and agents stand in usage events and reports.</summary>
    /// <example>hash</example>
    public UserIdForm UserIds { get; init; }

    /// <summary>The names of the tags that requests may have; left out where that is any.</summary>
    /// <example>["project","env"]</example>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>As it was given.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>After a rotation: until when the key before is still good.</summary>
    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }

    /// <summary>With all there is to tell of one.</summary>
    public static KeyView Of(KeyResult result) => Of(result.Key!) with
    {
        Key = result.Secret,
        PreviousKeyExpiresAt = result.PreviousKeyExpiresAt,
        EffectiveModels = result.EffectiveModels,
        ModelLists = result.ModelLists,
    };

    public static KeyView Of(KeyRecord record) => new()
    {
        Id = record.Id,
        Prefix = record.Prefix,
        Name = record.Name,
        CreatedAt = record.CreatedAt,
        ExpiresAt = record.ExpiresAt,
        RevokedAt = record.RevokedAt,
        PausedAt = record.PausedAt,
        Models = record.Models,
        NativeOnly = record.NativeOnly,
        Limits = record.Limits,
        Budget = record.Budget,
        TeamId = record.TeamId,
        OnDisconnect = record.OnDisconnect,
        ExtendedUsage = record.ExtendedUsage,
        QueueSeconds = record.QueueSeconds,
        SafeguardsModel = record.SafeguardsModel,
        UserIds = record.UserIds,
        Tags = record.Tags,
        Metadata = record.Metadata,
    };
}
