using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Web;

namespace Gateway.ProviderAdapter.Web;

/// <summary>Tavily. https://docs.tavily.com/documentation/api-reference/endpoint/search</summary>
internal sealed class TavilySearch : ISearchService
{
    public string? BaseUrl => "https://api.tavily.com";

    public HttpRequestMessage Ask(string baseUrl, string? secret, SearchEntry entry, WebSearchCall call)
    {
        var body = new JsonObject { ["query"] = call.Query, ["max_results"] = entry.Results, ["search_depth"] = "basic" };
        Add("include_domains", call.AllowedDomains);
        Add("exclude_domains", call.BlockedDomains);
        var request = new HttpRequestMessage(HttpMethod.Post, $"{baseUrl}/search")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {secret}");
        return request;

        void Add(string name, IReadOnlyList<string>? domains)
        {
            if (domains is { Count: > 0 })
                body[name] = new JsonArray([.. domains.Select(d => JsonValue.Create(d.Split('/')[0]))]);
        }
    }

    public IEnumerable<WebResult> Read(JsonElement answer) =>
        answer.Items("results").Select(r => new WebResult(r.Text("url") ?? "", r.Text("title") ?? "", r.Text("content") ?? "", r.Text("published_date")));
}
