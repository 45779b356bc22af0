using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.SignIn;

/// <summary>A device that is signed in.</summary>
internal sealed record SessionState
{
    public required UserIdentity Identity { get; init; }
    public required string RefreshHash { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public bool Admin { get; init; }

    /// <summary>The identity provider's refresh token: only whoever has ours can read it.</summary>
    public SealedText? ProviderToken { get; init; }

    /// <summary>When the identity provider was last asked, or is being asked.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Whether that is still going on.</summary>
    public bool Asking { get; init; }
    public List<IssuedToken> Tokens { get; init; } = [];
}
