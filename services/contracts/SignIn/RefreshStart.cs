namespace Gateway.Contracts.SignIn;

public sealed record RefreshStart
{
    public required RefreshStep Step { get; init; }

    /// <summary>The identity provider's refresh token, to ask with.</summary>
    public string? ProviderToken { get; init; }
}
