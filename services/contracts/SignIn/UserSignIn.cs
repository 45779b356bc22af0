using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

/// <summary>Somebody whom the identity provider has named.</summary>
public sealed record UserSignIn
{
    public required UserIdentity Identity { get; init; }

    /// <summary>Signs in as an administrator, which takes a role and no team.</summary>
    public bool Admin { get; init; }

    /// <summary>Only says what would come of it.</summary>
    public bool Try { get; init; }
}
