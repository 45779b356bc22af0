using Gateway.Contracts.Web;

namespace Gateway.ProviderAdapter.Web;

/// <summary>The query with its domains in the words that search engines know; what they bring beyond that is left out afterwards.</summary>
internal static class SiteQuery
{
    /// <summary>More make a query too long for the engines.</summary>
    private const int MaxSites = 10;

    public static string Of(WebSearchCall call)
    {
        if (call.AllowedDomains is { Count: > 0 } allowed)
            return $"{call.Query} ({string.Join(" OR ", allowed.Take(MaxSites).Select(d => $"site:{d.Split('*')[0]}"))})";
        return call.BlockedDomains is { Count: > 0 } blocked
            ? $"{call.Query} {string.Join(' ', blocked.Take(MaxSites).Select(d => $"-site:{d.Split('*')[0]}"))}"
            : call.Query;
    }
}
