using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Web;

namespace Gateway.ProviderAdapter.Web;

/// <summary>Brave Search. https://api-dashboard.search.brave.com/app/documentation/web-search/get-started</summary>
internal sealed class BraveSearch : ISearchService
{
    public string? BaseUrl => "https://api.search.brave.com";

    public HttpRequestMessage Ask(string baseUrl, string? secret, SearchEntry entry, WebSearchCall call)
    {
        var count = entry.Results.ToString(CultureInfo.InvariantCulture);
        var country = call.Location?.Country is { Length: 2 } code ? $"&country={Uri.EscapeDataString(code.ToUpperInvariant())}" : "";
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"{baseUrl}/res/v1/web/search?q={Uri.EscapeDataString(SiteQuery.Of(call))}&count={count}&text_decorations=false&result_filter=web{country}");
        request.Headers.TryAddWithoutValidation("X-Subscription-Token", secret);
        Add("X-Loc-City", call.Location?.City);
        Add("X-Loc-State-Name", call.Location?.Region);
        Add("X-Loc-Country", call.Location?.Country);
        Add("X-Loc-Timezone", call.Location?.Timezone);
        return request;

        void Add(string header, string? value)
        {
            if (!string.IsNullOrEmpty(value) && value.All(c => c is >= ' ' and <= '~'))
                request.Headers.TryAddWithoutValidation(header, value);
        }
    }

    public IEnumerable<WebResult> Read(JsonElement answer) =>
        answer.Member("web").Items("results").Select(r => new WebResult(
            r.Text("url") ?? "", r.Text("title") ?? "",
            string.Join('\n', r.Items("extra_snippets").Select(s => s.ValueKind == JsonValueKind.String ? s.GetString() : null)
                .Prepend(r.Text("description")).Where(s => !string.IsNullOrEmpty(s))),
            r.Text("page_age") ?? r.Text("age")));
}
