namespace Gateway.Contracts.Web;

/// <summary>What a search has found, or why it has not been made.</summary>
public sealed record WebSearchAnswer
{
    public IReadOnlyList<WebResult> Results { get; init; } = [];

    /// <summary>One of <see cref="WebErrors"/>; null: it was made.</summary>
    public string? Error { get; init; }
}
