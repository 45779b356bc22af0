namespace Gateway.Contracts.Accounts;

/// <summary>A user as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfUser"/>.</summary>
public sealed record UserRecord
{
    /// <summary>What holds for the user's requests, as for those of a key.</summary>
    public required KeyRecord Key { get; init; }
    public required UserIdentity Identity { get; init; }

    /// <summary>Null: no admin.</summary>
    public AdminRole? Role { get; init; }

    /// <summary>The teams and organisations that the role is for; null: everything.</summary>
    public IReadOnlyList<string>? Scope { get; init; }

    /// <summary>What was issued before is refused.</summary>
    public DateTimeOffset? SignedOutAt { get; init; }
}
