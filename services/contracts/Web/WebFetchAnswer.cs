namespace Gateway.Contracts.Web;

/// <summary>A page that has been read, or why not.</summary>
public sealed record WebFetchAnswer
{
    /// <summary>Where it was in the end.</summary>
    public string Url { get; init; } = "";

    public string? Title { get; init; }

    /// <summary>Its text; null for a PDF.</summary>
    public string? Text { get; init; }

    /// <summary>A PDF, in base64.</summary>
    public string? Pdf { get; init; }

    public DateTimeOffset? RetrievedAt { get; init; }

    /// <summary>One of <see cref="WebErrors"/>; null: it has been read.</summary>
    public string? Error { get; init; }
}
