namespace Gateway.Contracts.Web;

/// <summary>A page that a search has found.</summary>
/// <param name="Text">What of it the search shows; may be empty.</param>
/// <param name="PageAge">When it was written or changed, in the service's own words; null where it does not say.</param>
public sealed record WebResult(string Url, string Title, string Text, string? PageAge);
