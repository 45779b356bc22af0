using Gateway.AdminConsole.Api;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Accounts;

/// <summary>Somebody who signs in at the company's identity provider and has no key, as the admin API shows him.</summary>
public sealed record User
{
    public required string Id { get; init; }
    public string? Email { get; init; }
    public string? Name { get; init; }
    public string Issuer { get; init; } = "";

    /// <summary>The identity provider's id of him.</summary>
    public string Subject { get; init; } = "";

    /// <summary>As the identity provider has named them last.</summary>
    public IReadOnlyList<string>? IdentityGroups { get; init; }
    public string? TeamId { get; init; }

    /// <summary>What he may do with the admin API; null: nothing.</summary>
    public AdminRole? Role { get; init; }
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>When he first signed in.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When all his sessions of before were ended.</summary>
    public DateTimeOffset? SignedOutAt { get; init; }
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>What all lists allow that there are, which are those behind it; not in lists of users.</summary>
    public IReadOnlyList<EffectiveModel>? EffectiveModels { get; init; }
    public IReadOnlyList<ModelList>? ModelLists { get; init; }
    public bool NativeOnly { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>The best that is known to call him by.</summary>
    public string Called => Name is { Length: > 0 } ? Name : Email is { Length: > 0 } ? Email : Id;
}
