namespace Gateway.Contracts.SignIn;

/// <summary>Who has signed in to the console by the company's identity provider, as ingress tells the console: the session is in the tokens.</summary>
public sealed record ConsoleTokens
{
    /// <summary>An admin key.</summary>
    public required string AccessToken { get; init; }

    /// <summary>How long it is good; the next one is asked for with the other token.</summary>
    public required int ExpiresInSeconds { get; init; }
    public required string RefreshToken { get; init; }

    /// <summary>The page that was asked for before.</summary>
    public string? To { get; init; }
}
