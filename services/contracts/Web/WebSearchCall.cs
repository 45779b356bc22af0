namespace Gateway.Contracts.Web;

/// <summary>A search, as the translator asks the adapter for it.</summary>
public sealed record WebSearchCall
{
    public required string Query { get; init; }

    /// <summary>As Anthropic's tool has them: hosts, with or without a path. At most one of the two lists says something.</summary>
    public IReadOnlyList<string>? AllowedDomains { get; init; }
    public IReadOnlyList<string>? BlockedDomains { get; init; }
    public WebLocation? Location { get; init; }
}
