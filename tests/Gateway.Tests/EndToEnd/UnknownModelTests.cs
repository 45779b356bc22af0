using System.Net;
using System.Text.Json;

namespace Gateway.Tests.EndToEnd;

/// <summary>Models that the catalog does not name, with the default catalog under a file that only says where two providers are.</summary>
public sealed class UnknownModelTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(catalog: static (first, second) => $$"""
        { "providers": { "anthropic": { "baseUrl": "{{first}}" }, "openai": { "dialect": "openai-chat", "baseUrl": "{{second}}/v1" } } }
        """);

    public Task DisposeAsync() => _gateway.DisposeAsync().AsTask();

    [Theory]
    [InlineData("claude-opus-77-20300101", "claude-opus-77-20300101", "anthropic/claude-opus-77-20300101", true)]
    [InlineData("anthropic/claude-mythos-9", "claude-mythos-9", "anthropic/claude-mythos-9", false)]
    [InlineData("openai/whatever", "whatever", "openai/whatever", false)]
    public async Task Go_to_the_provider_of_their_name_and_cost_what_their_family_does(string requested, string upstream, string id, bool priced)
    {
        var (keyId, key) = await _gateway.CreateKeyAsync(new { name = "free" });
        foreach (var stream in new[] { false, true })
        {
            using var answer = await _gateway.SendAsync(TestGateway.Messages(requested, stream, key: key));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Contains($"\"model\":\"{requested}\"", await answer.Content.ReadAsStringAsync());
        }

        using var count = await _gateway.SendAsync(TestGateway.Post(
            "/v1/messages/count_tokens", $$"""{"model":"{{requested}}","messages":[{"role":"user","content":"Hello"}]}""", key));
        Assert.Equal(HttpStatusCode.OK, count.StatusCode);

        var provider = requested.StartsWith("openai/", StringComparison.Ordinal) ? _gateway.Second : _gateway.Upstream;
        Assert.All(provider.Requests, r => Assert.Equal(upstream, JsonDocument.Parse(r.Text).RootElement.GetProperty("model").GetString()));
        var totals = await _gateway.UsageAsync(keyId, 2);
        Assert.Equal(priced ? 0 : 2, totals.GetProperty("unpriced_requests").GetInt32());
        var byModel = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/usage?groupBy=model");
        Assert.Contains(byModel.GetProperty("data").EnumerateArray(), row => row.GetProperty("model").GetString() == id);
    }

    [Theory]
    [InlineData("claude-opus-77", null, HttpStatusCode.OK)]
    [InlineData("openai/whatever", null, HttpStatusCode.PaymentRequired)]
    [InlineData("openai/whatever", "allow", HttpStatusCode.OK)]
    public async Task A_strict_budget_lets_those_without_a_price_pass_only_where_it_says_so(string requested, string? unpriced, HttpStatusCode expected)
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 50, enforcement = "strict", unpriced } });
        using var answer = await _gateway.SendAsync(TestGateway.Messages(requested, false, key: key));
        Assert.Equal(expected, answer.StatusCode);
    }

    /// <summary>A list of names that only patterns cover has the prices of these.</summary>
    [Theory]
    [InlineData("claude-opus-77")]
    [InlineData("claude-opus-7*")]
    public async Task A_key_for_them_alone_may_have_a_strict_budget_where_they_have_a_price(string entry)
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { models = new[] { entry }, budget = new { amount = 50, enforcement = "strict" } });
        using var answer = await _gateway.SendAsync(TestGateway.Messages("claude-opus-77", false, key: key));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("openai/*", "openai/whatever", HttpStatusCode.OK)]
    [InlineData("openai/whatever", "openai/whatever", HttpStatusCode.OK)]
    [InlineData("openai/*", "claude/openai/whatever", HttpStatusCode.OK)]
    [InlineData("claude-*", "claude-opus-77", HttpStatusCode.OK)]
    [InlineData("claude-*", "openai/whatever", HttpStatusCode.BadRequest)]
    [InlineData("claude-*", "claude/openai/gpt-5", HttpStatusCode.BadRequest)]
    public async Task The_models_of_a_key_mean_them_too(string entry, string requested, HttpStatusCode expected)
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { models = new[] { entry } });
        using var answer = await _gateway.SendAsync(TestGateway.Messages(requested, false, key: key));
        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Are_no_ids_of_the_list_and_explained_like_any_other()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models?limit=1000") { Headers = { { "x-api-key", TestGateway.ApiKey } } };
        using var answer = await _gateway.SendAsync(request);
        var ids = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("data").EnumerateArray()
            .Select(m => m.GetProperty("id").GetString()!).ToList();
        Assert.Contains("openai/gpt-5", ids);
        Assert.DoesNotContain(ids, id => id.Contains('*'));

        var body = new { model = "openai/whatever", max_tokens = 9, messages = new[] { new { role = "user", content = "Why?" } } };
        var explained = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/explain", body);
        Assert.Equal("whatever", explained.GetProperty("request").GetProperty("body").GetProperty("model").GetString());
        var prices = await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/prices");
        Assert.Contains(prices.GetProperty("unpriced").EnumerateArray(), m => m.GetString() == "openai/*");
    }

    /// <summary>What a provider says of a name that it does not know goes to the client.</summary>
    [Fact]
    public async Task That_their_provider_does_not_know_are_its_answer()
    {
        _gateway.Upstream.Always(Fakes.Answer.Json("""{"type":"error","error":{"type":"not_found_error","message":"model: claude-gpt-5"}}""", 404));
        using var answer = await _gateway.SendAsync(TestGateway.Messages("claude-gpt-5", false));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("model: claude-gpt-5", await answer.Content.ReadAsStringAsync());
    }
}
