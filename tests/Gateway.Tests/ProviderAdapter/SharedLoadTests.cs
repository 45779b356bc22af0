using System.Net;
using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

/// <summary>Several credentials of a provider, and several models of one: what is wrong with one says nothing of the others.</summary>
public class SharedLoadTests
{
    private const string Messages = """{"messages":[]}""";
    private const string Weighted = """ "secrets": ["A", "B"], "secretWeights": { "A": 3 } """;

    [Fact]
    public async Task Credentials_share_by_weight()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, Weighted);
        for (var i = 0; i < 200; i++)
            using (await adapter.CallAsync(Messages)) { }

        // 150 are expected of A; 25 off is four standard deviations.
        Assert.InRange(upstream.Requests.Count(r => r.Header("x-api-key") == "key-a"), 125, 175);
    }

    [Fact]
    public async Task Calls_of_one_conversation_keep_their_credential()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await StartAsync(upstream, Weighted);
        for (var conversation = 0; conversation < 20; conversation++)
        {
            for (var turn = 0; turn < 5; turn++)
                using (await adapter.CallAsync(Messages, headers: (GatewayHeaders.Affinity, $"{conversation:x16}"))) { }
        }

        var used = upstream.Requests.Chunk(5).Select(c => Assert.Single(c.Select(r => r.Header("x-api-key")).Distinct())).ToList();
        Assert.Equal(2, used.Distinct().Count());
    }

    [Theory]
    [InlineData(429, "30")]
    [InlineData(401, null)]
    public async Task A_credential_that_is_limited_or_refused_gives_way_and_rests(int status, string? retryAfter)
    {
        var time = new ShiftedTime();
        await using var upstream = await FakeUpstream.StartAsync();
        var refusal = Answer.Json("{}", status);
        if (retryAfter is not null)
            refusal.Header("retry-after", retryAfter);
        upstream.Always(r => r.Header("x-api-key") == "key-a", _ => refusal);
        await using var adapter = await StartAsync(upstream, """ "secrets": ["A", "B"], "secretWeights": { "A": 1000000 } """, time);
        for (var i = 0; i < 20; i++)
        {
            using var response = await adapter.CallAsync(Messages);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(1, upstream.Requests.Count(r => r.Header("x-api-key") == "key-a"));
        time.Advance(TimeSpan.FromSeconds(61));
        using (await adapter.CallAsync(Messages)) { }
        Assert.Equal(2, upstream.Requests.Count(r => r.Header("x-api-key") == "key-a"));
    }

    [Fact]
    public async Task A_limit_is_one_models()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Text.Contains("small"), _ => Answer.Json("{}", 429).Header("retry-after", "30"));
        await using var adapter = await StartAsync(upstream, """ "secrets": ["A", "B"], "secretWeights": { "A": 1000000 } """);
        using (await adapter.CallAsync("""{"model":"small","messages":[]}""", headers: (GatewayHeaders.UpstreamModel, "small"))) { }
        var before = upstream.Requests.Count;
        using var other = await adapter.CallAsync(Messages);
        Assert.Equal("key-a", upstream.Requests[before].Header("x-api-key"));
    }

    [Fact]
    public async Task While_all_rest_a_call_asks_one_of_them()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Header("x-api-key") == "key-a", _ => Answer.Json("{}", 429).Header("retry-after", "20"));
        upstream.Always(r => r.Header("x-api-key") == "key-b", _ => Answer.Json("{}", 429).Header("retry-after", "40"));
        await using var adapter = await StartAsync(upstream, """ "secrets": ["A", "B"] """);
        using (var both = await adapter.CallAsync(Messages))
            Assert.Equal(HttpStatusCode.TooManyRequests, both.StatusCode);
        Assert.Equal(2, upstream.Requests.Count);
        using var again = await adapter.CallAsync(Messages);
        Assert.Equal(3, upstream.Requests.Count);
        Assert.Equal("key-a", upstream.Requests[2].Header("x-api-key"));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(529)]
    public async Task A_model_that_fails_shuts_itself_and_no_other(int status)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(
            r => r.Text.Contains("broken-1"), _ => Answer.Json("""{"error":{"message":"The model broken-1 is overloaded."}}""", status));
        await using var adapter = await TestAdapter.StartAsync(upstream, settings: ["--GATEWAY_BREAKER_FAILURES", "3", "--GATEWAY_BREAKER_SECONDS", "30"]);
        for (var i = 0; i < 4; i++)
            using (await CallAsync(adapter, "broken-1", "9")) { }
        Assert.Equal(3, upstream.Requests.Count);
        using (var shut = await CallAsync(adapter, "broken-1"))
        {
            Assert.Equal(529, (int)shut.StatusCode);
            Assert.Contains("broken-1", await shut.Content.ReadAsStringAsync());
        }

        foreach (var model in (string[])["other-1", "other-2", "other-3", "other-4"])
        {
            using var response = await CallAsync(adapter, model);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_model_that_gives_no_byte_in_time_shuts_itself_and_no_other()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(r => r.Text.Contains("silent-1"), _ => Answer.Silence());
        await using var adapter = await TestAdapter.StartAsync(
            upstream, entry: """ "timeouts": { "firstByteMs": 100 } """, settings: ["--GATEWAY_BREAKER_FAILURES", "2", "--GATEWAY_BREAKER_SECONDS", "30"]);
        for (var i = 0; i < 2; i++)
            using (await CallAsync(adapter, "silent-1")) { }
        using (var shut = await CallAsync(adapter, "silent-1"))
            Assert.Equal(529, (int)shut.StatusCode);
        using var response = await CallAsync(adapter, "other-1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("status 500")]
    [InlineData("status 401")]
    [InlineData("refused")]
    public async Task What_fails_for_all_models_shuts_the_provider(string failure)
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Always(Answer.Json("""{"error":{"message":"Something went wrong."}}""", failure == "status 401" ? 401 : 500));
        var entry = failure == "refused" ? """ "timeouts": { "connectMs": 2000 } """ : """ "timeouts": { "connectMs": 2001 } """;
        await using var adapter = failure == "refused"
            ? await TestAdapter.StartAsync(
                """{ "p": { "dialect": "anthropic", "baseUrl": "http://127.0.0.1:9" } }""",
                settings: ["--GATEWAY_BREAKER_FAILURES", "3", "--GATEWAY_BREAKER_SECONDS", "30"])
            : await TestAdapter.StartAsync(upstream, entry: entry, settings: ["--GATEWAY_BREAKER_FAILURES", "3", "--GATEWAY_BREAKER_SECONDS", "30"]);
        for (var i = 0; i < 3; i++)
            using (await CallAsync(adapter, $"m-{i}", "9")) { }
        using var response = await CallAsync(adapter, "never-asked");
        Assert.Equal(529, (int)response.StatusCode);
    }

    /// <param name="retryCount">Of a client that repeats itself, which is not repeated for.</param>
    private static Task<HttpResponseMessage> CallAsync(TestAdapter adapter, string model, string retryCount = "0") =>
        adapter.CallAsync(
            $$"""{"model":"{{model}}","messages":[]}""", headers: [(GatewayHeaders.UpstreamModel, model), ("x-stainless-retry-count", retryCount)]);

    private static async Task<TestAdapter> StartAsync(FakeUpstream upstream, string secrets, TimeProvider? time = null)
    {
        var adapter = await TestAdapter.StartAsync(upstream, entry: secrets, time: time);
        adapter.Secrets["A"] = "key-a";
        adapter.Secrets["B"] = "key-b";
        return adapter;
    }
}
