using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

public sealed record SessionRefresh
{
    /// <summary>The whole refresh token.</summary>
    public required string RefreshToken { get; init; }

    /// <summary>What the identity provider says now; null: it was not asked, or says nothing new.</summary>
    public UserIdentity? Identity { get; init; }

    /// <summary>Its next refresh token; null: the one it gave stays.</summary>
    public string? ProviderToken { get; init; }

    /// <summary>It does not know the user any more, or keeps him out.</summary>
    public bool IsGone { get; init; }
}
