namespace Gateway.Contracts.Web;

/// <summary>A page to be read, as the translator asks the adapter for it.</summary>
public sealed record WebFetchCall
{
    public required string Url { get; init; }
    public IReadOnlyList<string>? AllowedDomains { get; init; }
    public IReadOnlyList<string>? BlockedDomains { get; init; }

    /// <summary>How much of its text is wanted, in characters.</summary>
    public required int MaxCharacters { get; init; }

    /// <summary>Whether the model can be given a PDF.</summary>
    public bool Pdf { get; init; }
}
