using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.SignIn;

public sealed record SessionStart
{
    public required UserRecord User { get; init; }

    /// <summary>The identity provider's refresh token, where it gives one.</summary>
    public string? ProviderToken { get; init; }
    public bool Admin { get; init; }

    /// <summary>When somebody has said yes in the browser: who is signed out everywhere after it has no session.</summary>
    public required DateTimeOffset SignedInAt { get; init; }
}
