using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Users, sessions, agents, request classes and tags of requests: in their events, and nowhere else.</summary>
public sealed class OriginTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Native = "claude-test-4-5";
    private const string Translated = "translated/model";
    private const string Ids = """{\"device_id\":\"d1\",\"account_uuid\":\"account-1\",\"session_id\":\"session-1\"}""";

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(Native, false)]
    [InlineData(Native, true)]
    [InlineData(Translated, false)]
    [InlineData(Translated, true)]
    public async Task Who_a_request_is_for_is_in_its_event_and_the_provider_gets_no_more_of_it_than_its_schema_has(string model, bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { userIds = "plain" });
        var native = model == Native;
        if (stream)
            _gateway.Upstream.Script(r => r.Text.Contains(id), Streams.Opening(native).Closing(native));
        else
            _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.Whole(native)));
        using var request = Request(model, key, id, stream, $$"""{"user_id":"{{Ids}}","tags":{"project":"search","env":"dev"},"customer":"acme"}""");
        request.Headers.Add("x-claude-code-agent-id", "agent-2");
        request.Headers.Add("x-claude-code-parent-agent-id", "agent-1");
        request.Headers.Add("x-claude-code-request-class", "subagent");
        request.Headers.Add("gateway-tags", "env=prod");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("tags", Header(response, "gateway-dropped") ?? "");

        var e = await EventAsync(id);
        Assert.Equal("account-1", e.GetProperty("user").GetString());
        Assert.Equal("session-1", e.GetProperty("session").GetString());
        Assert.Equal("agent-2", e.GetProperty("agent").GetString());
        Assert.Equal("agent-1", e.GetProperty("parent_agent").GetString());
        Assert.Equal("subagent", e.GetProperty("request_class").GetString());
        Assert.Equal("""{"env":"prod","project":"search"}""", Sorted(e.GetProperty("tags")));
        Assert.Equal("acme", e.GetProperty("metadata").GetProperty("customer").GetString());

        using var own = new HttpRequestMessage(HttpMethod.Get, "/v1/key/usage?groupBy=user,session,tag:project,request_class");
        own.Headers.Add("x-api-key", key);
        using var report = await _gateway.Client.SendAsync(own);
        var line = JsonDocument.Parse(await report.Content.ReadAsStringAsync()).RootElement.GetProperty("data")[0];
        Assert.Equal(("account-1", "session-1"), (line.GetProperty("user").GetString(), line.GetProperty("session").GetString()));
        Assert.Equal("""{"project":"search"}""", Sorted(line.GetProperty("tags")));
        Assert.Equal("subagent", line.GetProperty("request_class").GetString());

        var sent = _gateway.Upstream.Requests.Single(r => r.Text.Contains(id));
        Assert.DoesNotContain(sent.Headers.Keys, name => name.StartsWith("gateway-", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("search", sent.Text);
        Assert.Equal(native, sent.Text.Contains($$"""{"user_id":"{{Ids}}"{{"}"}}"""));
    }

    [Fact]
    public async Task Ids_are_hashed_alike_under_all_keys_unless_a_key_has_them_in_plain()
    {
        var (first, key) = await _gateway.CreateKeyAsync();
        var (second, other) = await _gateway.CreateKeyAsync();
        foreach (var (id, text) in new[] { (first, key), (second, other) })
            await AnsweredAsync(Request(Native, text, id, metadata: $$"""{"user_id":"{{Ids}}" }"""), id);
        var (one, two) = (await EventAsync(first), await EventAsync(second));
        Assert.Matches("^[0-9a-f]{32}$", one.GetProperty("user").GetString());
        Assert.Equal(one.GetProperty("user").GetString(), two.GetProperty("user").GetString());
        Assert.DoesNotContain("account-1", one.GetRawText());
        Assert.DoesNotContain("session-1", one.GetRawText());

        var changed = await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{second}", new { userIds = "plain" });
        Assert.Equal("plain", changed.GetProperty("userIds").GetString());
        var back = await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{second}", new { userIds = (string?)null });
        Assert.Equal("hash", back.GetProperty("userIds").GetString());
    }

    [Fact]
    public async Task A_tag_that_the_key_may_not_use_is_left_out_and_the_client_reads_so()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { tags = new[] { "env" } });
        foreach (var (model, expected) in new[] { (Native, "tags.project"), (Translated, "top_k, tags.project") })
        {
            using var request = TestGateway.Post(
                "/v1/messages",
                $$"""{"model":"{{model}}","max_tokens":9,"top_k":5,"metadata":{"tags":["env=prod","project=x"]}"""
                + $$""","messages":[{"role":"user","content":"{{id}}"}]}""",
                key);
            _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(Streams.Whole(model == Native)));
            using var response = await _gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(expected, Header(response, "gateway-dropped"));
        }

        await _gateway.UsageAsync(id, 2);
        foreach (var e in (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data").EnumerateArray())
        {
            Assert.Equal("""{"env":"prod"}""", Sorted(e.GetProperty("tags")));
            Assert.Contains("tags.project", e.GetProperty("dropped").EnumerateArray().Select(d => d.GetString()));
        }
    }

    [Fact]
    public async Task A_key_without_tags_or_with_settings_that_are_none_is_told_so()
    {
        var none = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/keys", new { tags = Array.Empty<string>() });
        Assert.Equal(0, none.GetProperty("tags").GetArrayLength());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/admin/v1/keys")
        {
            Content = new StringContent($$"""{"userIds":"clear","tags":["a b","","ok",null,"{{new string('n', 65)}}"]}""", null, "application/json"),
        };
        request.Headers.Add("Authorization", $"Bearer {TestGateway.AdminKey}");
        using var response = await _gateway.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var errors = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("errors");
        Assert.Equal(["tags[0]", "tags[1]", "tags[3]", "tags[4]", "userIds"], errors.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Native)]
    [InlineData(Translated)]
    public async Task A_request_that_fails_has_its_origin_too(string model)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { userIds = "plain" });
        _gateway.Upstream.Always(r => r.Text.Contains(id), _ => Answer.Json("""{"error":{"message":"no","type":"x"}}""", 400));
        using var request = Request(model, key, id, metadata: """{"user_id":"u1","tags":["env=prod"]}""");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var e = await EventAsync(id);
        Assert.Equal(("error", "u1"), (e.GetProperty("outcome").GetString(), e.GetProperty("user").GetString()));
        Assert.Equal("""{"env":"prod"}""", Sorted(e.GetProperty("tags")));
    }

    [Theory]
    [InlineData("a b=c", "invalid_request_error")]
    [InlineData("env=\u00e9", null)]
    [InlineData("env=prod,env=dev", "invalid_request_error")]
    public async Task A_header_of_tags_is_taken_whole_or_refused_before_anything_is_spent(string tags, string? error)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8 })
        {
            BaseAddress = _gateway.Client.BaseAddress,
        };
        using var request = Request("demo/echo", key, id);
        request.Headers.Add("gateway-tags", tags);
        using var response = await client.SendAsync(request);
        if (error is null)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("é", (await EventAsync(id)).GetProperty("tags").GetProperty("env").GetString());
            return;
        }

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(error, body.GetProperty("type").GetString());
        Assert.StartsWith("gateway-tags, tag ", body.GetProperty("message").GetString());
        await _gateway.UsageAsync(id, 0);
    }

    [Fact]
    public async Task Counting_tokens_is_not_stopped_by_what_a_request_says_of_itself()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var request = TestGateway.Post(
            "/v1/messages/count_tokens",
            $$"""{"model":"{{Translated}}","metadata":{"user_id":"{{Ids}}","tags":{"env":"prod"} },"messages":[{"role":"user","content":"{{id}}"}]}""",
            key);
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task AnsweredAsync(HttpRequestMessage request, string marker)
    {
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using (request)
        using (var response = await _gateway.SendAsync(request))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private async Task<JsonElement> EventAsync(string id)
    {
        await _gateway.UsageAsync(id, 1);
        return (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
    }

    private static HttpRequestMessage Request(string model, string key, string content, bool stream = false, string metadata = "{}") => TestGateway.Post(
        "/v1/messages",
        $$"""{"model":"{{model}}","max_tokens":100,"stream":{{(stream ? "true" : "false")}},"metadata":{{metadata}}"""
        + $$""","messages":[{"role":"user","content":"{{content}}"}]}""",
        key);

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? values.Single() : null;

    private static string Sorted(JsonElement tags) => JsonSerializer.Serialize(
        new SortedDictionary<string, string?>(tags.EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetString()), StringComparer.Ordinal));
}
