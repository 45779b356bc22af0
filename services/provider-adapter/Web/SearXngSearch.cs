using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Web;

namespace Gateway.ProviderAdapter.Web;

/// <summary>
/// SearXNG, which operators run themselves; its settings must list <c>json</c> among <c>search.formats</c>.
/// https://docs.searxng.org/dev/search_api.html
/// </summary>
internal sealed class SearXngSearch : ISearchService
{
    public string? BaseUrl => null;

    public HttpRequestMessage Ask(string baseUrl, string? secret, SearchEntry entry, WebSearchCall call)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{baseUrl}/search?format=json&q={Uri.EscapeDataString(SiteQuery.Of(call))}");
        if (secret is not null)
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");
        return request;
    }

    public IEnumerable<WebResult> Read(JsonElement answer) =>
        answer.Items("results").Select(r => new WebResult(r.Text("url") ?? "", r.Text("title") ?? "", r.Text("content") ?? "", r.Text("publishedDate")));
}
