using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

/// <summary>The user, or why there is none that may sign in.</summary>
public sealed record UserSignInResult
{
    public UserRecord? User { get; init; }

    /// <summary>For whoever signs in, and his administrator.</summary>
    public string? Refusal { get; init; }
}
