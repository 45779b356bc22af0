namespace Gateway.Contracts.SignIn;

public sealed record SessionEnd
{
    /// <summary>The whole refresh token; null where an access token of the session was shown.</summary>
    public string? RefreshToken { get; init; }
}
