using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>A user as the admin API shows it: somebody who signs in at the company's identity provider, and has no key.</summary>
public sealed record UserView
{
    /// <summary>What calls and reports name the user by; <c>key_id</c> of usage events.</summary>
    /// <example>user:9Kd2LmPq</example>
    public required string Id { get; init; }

    /// <summary>As the identity provider says.</summary>
    /// <example>ada@example.com</example>
    public string? Email { get; init; }

    /// <summary>As the identity provider says, unless an admin has given another.</summary>
    /// <example>Ada Lovelace</example>
    public string? Name { get; init; }

    /// <summary>The identity provider.</summary>
    /// <example>https://login.example.com/</example>
    public required string Issuer { get; init; }

    /// <summary>The identity provider's id of the user.</summary>
    /// <example>00u1a2b3</example>
    public required string Subject { get; init; }

    /// <summary>The groups that the identity provider has named last.</summary>
    /// <example>["engineering"]</example>
    public IReadOnlyList<string>? IdentityGroups { get; init; }

    /// <summary>The team the user belongs to.</summary>
    /// <example>team:7FhXk2Qp</example>
    public string? TeamId { get; init; }

    /// <summary>What the user may do with the admin API, once signed in for it; left out: nothing.</summary>
    /// <example>billing_reader</example>
    public AdminRole? Role { get; init; }

    /// <summary>The teams and organisations that the role is for; left out where that is everything.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>When the user first signed in.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the account ends.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Since when the user's requests are refused until the account is resumed.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>When the account was deleted.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When all sessions of before were ended.</summary>
    public DateTimeOffset? SignedOutAt { get; init; }

    /// <summary>The models the user may use; left out where that is every model.</summary>
    /// <example>["anthropic/*"]</example>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>
    /// The models of the catalog that the user may use in the end, by its own list and those of its team and organisation, and what allows each; left out
    /// where there is no list, and in lists of users. At most 1000.
    /// </summary>
    public IReadOnlyList<EffectiveModel>? EffectiveModels { get; init; }

    /// <summary>The lists that come to those, its own first, then its team's and its organisation's; left out like them.</summary>
    public IReadOnlyList<ModelList>? ModelLists { get; init; }

    /// <summary>Only routes that pass bytes through unchanged.</summary>
    /// <example>false</example>
    public bool NativeOnly { get; init; }

    /// <summary>What the user may use.</summary>
    /// <example>{"requestsPerMinute":60,"concurrentRequests":8}</example>
    public KeyLimits? Limits { get; init; }

    /// <summary>What the user may spend.</summary>
    /// <example>{"amount":25,"currency":"USD","period":"day","enforcement":"strict"}</example>
    public KeyBudget? Budget { get; init; }

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

    /// <summary>How the user's sessions and agents stand in usage events and reports.</summary>
    /// <example>hash</example>
    public UserIdForm UserIds { get; init; }

    /// <summary>The names of the tags that requests may have; left out where that is any.</summary>
    /// <example>["project","env"]</example>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>As it was given.</summary>
    /// <example>{"costCenter":"42"}</example>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    internal static UserView Of(KeyRecord record, UserEntry user) => new()
    {
        Id = record.Id,
        Email = user.Identity.Email,
        Name = record.Name,
        Issuer = user.Identity.Issuer,
        Subject = user.Identity.Subject,
        IdentityGroups = user.Identity.Groups,
        TeamId = record.TeamId,
        Role = user.Role,
        Scope = user.Scope,
        CreatedAt = record.CreatedAt,
        ExpiresAt = record.ExpiresAt,
        PausedAt = record.PausedAt,
        DeletedAt = record.RevokedAt,
        SignedOutAt = user.SignedOutAt,
        Models = record.Models,
        NativeOnly = record.NativeOnly,
        Limits = record.Limits,
        Budget = record.Budget,
        OnDisconnect = record.OnDisconnect,
        ExtendedUsage = record.ExtendedUsage,
        QueueSeconds = record.QueueSeconds,
        SafeguardsModel = record.SafeguardsModel,
        UserIds = record.UserIds,
        Tags = record.Tags,
        Metadata = record.Metadata,
    };
}
