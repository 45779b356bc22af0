namespace Gateway.Contracts.Accounts;

/// <summary>An admin key as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfAdmin"/>. The key itself is never stored.</summary>
public sealed record AdminRecord
{
    /// <summary>What these keys begin with: no API key is looked for among them, and none of them among the API keys.</summary>
    public const string KeyPrefix = "gwa-";

    public required string Id { get; init; }
    public required string Name { get; init; }
    public required AdminRole Role { get; init; }

    /// <summary>The teams and organisations it is for; null: everything.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>The first characters of the key, to recognise it by.</summary>
    public required string Prefix { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The user who has signed in for it; null for a key that was made. Role and scope are then those that the user has now.</summary>
    public string? UserId { get; init; }

    public string? SessionId { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? SignedInAt { get; init; }

    public bool IsUsable(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || ExpiresAt > now);

    public AdminCaller ToCaller() => new() { Id = Id, Name = Name, Role = Role, Scope = Scope };
}
