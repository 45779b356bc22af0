using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Web;

namespace Gateway.ProviderAdapter.Web;

/// <summary>How one search service is asked, and how it answers.</summary>
internal interface ISearchService
{
    /// <summary>Null where each operator has one of their own.</summary>
    string? BaseUrl { get; }

    /// <param name="baseUrl">Without a trailing slash.</param>
    /// <param name="secret">Null where the catalog names none.</param>
    HttpRequestMessage Ask(string baseUrl, string? secret, SearchEntry entry, WebSearchCall call);

    /// <summary>The results as they are listed; members that are missing are left empty.</summary>
    IEnumerable<WebResult> Read(JsonElement answer);
}
