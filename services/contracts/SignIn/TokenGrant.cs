namespace Gateway.Contracts.SignIn;

/// <summary>Tokens, or one of OAuth's words for why there are none.</summary>
public sealed record TokenGrant
{
    /// <summary>One of <see cref="TokenErrors"/>; null: there are tokens.</summary>
    public string? Error { get; init; }
    public string? Description { get; init; }
    public string? AccessToken { get; init; }
    public int ExpiresInSeconds { get; init; }
    public string? RefreshToken { get; init; }
    public string? Email { get; init; }

    public static TokenGrant Refused(string error, string description) => new() { Error = error, Description = description };
}
