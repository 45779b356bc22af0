namespace Gateway.Contracts.Accounts;

/// <summary>
/// A signed-in user's access token as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfToken"/>; never the token itself.
/// </summary>
public sealed record TokenRecord
{
    /// <summary>What these tokens begin with, so that no key is looked for among them.</summary>
    public const string Prefix = "gwu-";

    public required string UserId { get; init; }

    /// <summary>The session that has got it, which ends with it when it is revoked.</summary>
    public required string SessionId { get; init; }

    /// <summary>When the session began.</summary>
    public required DateTimeOffset SignedInAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
}
