using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Contracts.Web;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>How each search service is asked, and what becomes of its answer.</summary>
public sealed class WebSearchServiceTests : IAsyncLifetime
{
    private static readonly WebSearchCall Call = new()
    {
        Query = "a b&c",
        AllowedDomains = ["example.com"],
        Location = new WebLocation("Köln", "Nordrhein", "DE", "Europe/Berlin"),
    };

    private FakeUpstream _service = null!;

    public async Task InitializeAsync() => _service = await FakeUpstream.StartAsync();

    public async Task DisposeAsync() => await _service.DisposeAsync();

    private async Task<(WebSearchAnswer Answer, TestAdapter Adapter)> AskAsync(string entry, WebSearchCall? call = null)
    {
        var adapter = await TestAdapter.StartAsync($$"""{}, "search": { "baseUrl": "{{_service.Url}}/", {{entry}} }""");
        using var response = await adapter.Client.PostAsJsonAsync(InternalRoutes.Search, call ?? Call, JsonSerializerOptions.Web);
        return ((await response.Content.ReadFromJsonAsync<WebSearchAnswer>(JsonSerializerOptions.Web))!, adapter);
    }

    [Fact]
    public async Task Brave()
    {
        _service.Script(Answer.Json("""
            {"web":{"results":[{"url":"https://example.com/1","title":"One","description":"First.","extra_snippets":["More."],"page_age":"2026-01-02T00:00:00"},
             {"url":"https://other.example/2","title":"Two"}]}}
            """));
        var (answer, adapter) = await AskAsync(""" "service": "brave", "secret": "KEY", "results": 7 """);
        await using var _ = adapter;
        Assert.Equal([new WebResult("https://example.com/1", "One", "First.\nMore.", "2026-01-02T00:00:00")], answer.Results);
        var asked = await _service.RequestAsync();
        Assert.Equal(("GET", "/res/v1/web/search", "sk-secret-value"), (asked.Method, asked.Path, asked.Header("x-subscription-token")));
        Assert.Equal("?q=a%20b%26c%20%28site%3Aexample.com%29&count=7&text_decorations=false&result_filter=web&country=DE", asked.Query);
        Assert.Equal((null, "Nordrhein", "Europe/Berlin"), (asked.Header("x-loc-city"), asked.Header("x-loc-state-name"), asked.Header("x-loc-timezone")));
    }

    [Fact]
    public async Task Tavily()
    {
        _service.Script(Answer.Json("""{"results":[{"url":"https://www.example.com/1","title":"One","content":"First.","published_date":null}]}"""));
        var (answer, adapter) = await AskAsync(""" "service": "tavily", "secret": "KEY" """);
        await using var _ = adapter;
        Assert.Equal([new WebResult("https://www.example.com/1", "One", "First.", null)], answer.Results);
        var asked = await _service.RequestAsync();
        Assert.Equal(("POST", "/search", "Bearer sk-secret-value"), (asked.Method, asked.Path, asked.Header("authorization")));
        Assert.Equal(
            """{"query":"a b\u0026c","max_results":5,"search_depth":"basic","include_domains":["example.com"]}""", asked.Text);
    }

    [Fact]
    public async Task SearXng()
    {
        _service.Script(Answer.Json("""
            {"results":[{"url":"https://example.com/1","title":"One","content":"First.","publishedDate":"2026-01-02"},{"title":"no address"},7,
             {"url":"https://example.com/2","title":7,"content":null}]}
            """));
        var (answer, adapter) = await AskAsync(""" "service": "searxng" """);
        await using var _ = adapter;
        Assert.Equal(
            [new WebResult("https://example.com/1", "One", "First.", "2026-01-02"), new WebResult("https://example.com/2", "", "", null)], answer.Results);
        var asked = await _service.RequestAsync();
        Assert.Equal(("/search", "?format=json&q=a%20b%26c%20%28site%3Aexample.com%29"), (asked.Path, asked.Query));
        Assert.Null(asked.Header("authorization"));
    }

    [Theory]
    [InlineData(403, "json among search.formats", WebErrors.Unavailable)]
    [InlineData(429, "status 429", WebErrors.TooManyRequests)]
    [InlineData(200, "searxng", WebErrors.Unavailable)]
    public async Task Why_it_could_not_be_used_is_in_the_log_and_not_with_the_client(int status, string says, string error)
    {
        _service.Script(Answer.Whole("text/html", "<html>"u8.ToArray(), status));
        var (answer, adapter) = await AskAsync(""" "service": "searxng" """);
        await using var _ = adapter;
        Assert.Equal(error, answer.Error);
        Assert.Contains(adapter.Logs, l => l.Contains(says));
        Assert.DoesNotContain(adapter.Logs, l => l.Contains("a b&c"));
    }

    [Fact]
    public async Task A_secret_that_is_not_there_and_one_in_the_answer()
    {
        var (answer, adapter) = await AskAsync(""" "service": "tavily", "secret": "NONE" """);
        await using (adapter)
            Assert.Equal(WebErrors.Unavailable, answer.Error);
        Assert.Empty(_service.Requests);
        _service.Script(Answer.Json("""{"results":[{"url":"https://example.com/1","title":"sk-secret-value","content":""}]}"""));
        (answer, adapter) = await AskAsync(""" "service": "tavily", "secret": "KEY" """);
        await using (adapter)
            Assert.Equal("***************", answer.Results[0].Title);
    }

    [Fact]
    public async Task Texts_are_bounded()
    {
        var (title, content) = (new string('t', 1000), new string('c', 9000));
        var results = string.Join(
            ',', Enumerable.Range(0, 20).Select(i => $$"""{"url":"https://example.com/{{i}}","title":"{{title}}","content":"{{content}}"}"""));
        _service.Script(Answer.Json($$"""{"results":[{{results}}]}"""));
        var (answer, adapter) = await AskAsync(""" "service": "searxng", "results": 20 """);
        await using var _ = adapter;
        Assert.Equal((20, 300, 30_000), (answer.Results.Count, answer.Results[0].Title.Length, answer.Results.Sum(r => r.Text.Length)));
    }

    [Theory]
    [InlineData(""" "service": "askjeeves" """, "search.service")]
    [InlineData(""" "service": "brave" """, "search.secret")]
    [InlineData(""" "service": "searxng", "results": 21 """, "search.results")]
    [InlineData(""" "service": "searxng", "price": { "currency": "dollar", "perSearch": 1 } """, "search.price.currency")]
    public async Task A_mistake_in_the_catalog_is_told_by_its_place(string entry, string place) =>
        Assert.Contains(place + ":", (await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(entry))).ToString());
}
