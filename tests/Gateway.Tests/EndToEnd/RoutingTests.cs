using System.Net;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Which of several routes a request takes.</summary>
public sealed class RoutingTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        Environment.SetEnvironmentVariable("ROUTING_KEY_A", "key-a");
        Environment.SetEnvironmentVariable("ROUTING_KEY_B", "key-b");
        _gateway = await TestGateway.StartAsync(catalog: Catalog);
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("native/ordered", 429, "retry-after", "30")]
    [InlineData("translated/ordered", 429, "retry-after", "30")]
    [InlineData("native/ordered", 529, "retry-after", "30")]
    public async Task A_limited_route_rests_as_long_as_it_says(string model, int status, string header, string value)
    {
        _gateway.Upstream.Always(Answer.Json("""{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}""", status).Header(header, value));
        for (var i = 0; i < 20; i++)
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages(model, false));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Single(_gateway.Upstream.Requests);
        Assert.Equal(20, _gateway.Second.Requests.Count);
    }

    [Fact]
    public async Task A_route_that_rests_is_still_the_last_resort()
    {
        _gateway.Upstream.Always(Answer.Json("{}", 429).Header("retry-after", "30"));
        _gateway.Second.Always(Answer.Json("{}", 429).Header("retry-after", "30"));
        using (var first = await _gateway.SendAsync(TestGateway.Messages("native/ordered", false)))
            Assert.Equal(HttpStatusCode.TooManyRequests, first.StatusCode);
        using var second = await _gateway.SendAsync(TestGateway.Messages("native/ordered", false));
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.InRange(second.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 30);
    }

    [Theory]
    [InlineData("native/shared", "session")]
    [InlineData("native/shared", "user")]
    [InlineData("native/shared", "history")]
    [InlineData("translated/shared", "session")]
    [InlineData("translated/shared", "history")]
    public async Task The_turns_of_a_conversation_stay_on_one_route_and_one_key(string model, string by)
    {
        var used = new HashSet<(int Provider, string? Key)>();
        for (var conversation = 0; conversation < 12; conversation++)
        {
            var before = (_gateway.Upstream.Requests.Count, _gateway.Second.Requests.Count);
            for (var turn = 0; turn < 8; turn++)
            {
                var metadata = by == "user" ? $$""" "metadata":{"user_id":"u{{conversation}}"},""" : "";
                var first = by == "history" ? $"start {conversation}" : $"start {conversation} {turn}";
                var history = Enumerable.Range(0, turn)
                    .SelectMany(t => new[] { ("user", t == 0 ? first : $"q{t}"), ("assistant", $"a{t}") })
                    .Append(("user", turn == 0 ? first : "last"))
                    .Select(m => $$"""{"role":"{{m.Item1}}","content":"{{m.Item2}}"}""");
                using var request = TestGateway.Post(
                    "/v1/messages",
                    $$"""{"model":"{{model}}","max_tokens":50,{{metadata}}"system":"You help.","messages":[{{string.Join(',', history)}}]}""");
                if (by == "session")
                    request.Headers.Add("x-claude-code-session-id", $"s{conversation}");
                using var response = await _gateway.SendAsync(request);
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            }

            var requests = _gateway.Upstream.Requests.Skip(before.Item1).Select(r => (1, KeyOf(r)))
                .Concat(_gateway.Second.Requests.Skip(before.Item2).Select(r => (2, KeyOf(r)))).Distinct().ToList();
            used.Add(Assert.Single(requests));
        }

        // Different conversations share: 12 on one of four is less likely than one in four million.
        Assert.True(used.Count > 1);
    }

    [Fact]
    public async Task A_conversation_leaves_its_route_while_that_fails()
    {
        using (var first = await SessionAsync())
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var (home, other) = _gateway.Upstream.Requests.Count == 1 ? (_gateway.Upstream, _gateway.Second) : (_gateway.Second, _gateway.Upstream);
        home.Always(Answer.Json("""{"type":"error","error":{"type":"api_error","message":"no"}}""", 500));
        using var second = await SessionAsync();
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Single(other.Requests);

        Task<HttpResponseMessage> SessionAsync()
        {
            var request = TestGateway.Messages("native/shared", false);
            request.Headers.Add("x-claude-code-session-id", "one");
            return _gateway.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("native/windows", true)]
    [InlineData("translated/windows", true)]
    [InlineData("native/ordered", false)]
    public async Task What_overflows_a_window_goes_to_the_next_route_that_is_larger(string model, bool goes)
    {
        var text = model.StartsWith("native", StringComparison.Ordinal)
            ? """{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 1001 tokens > 1000 maximum"}}"""
            : """{"error":{"message":"This model's maximum context length is 1000 tokens.","type":"invalid_request_error","code":"context_length_exceeded"}}""";
        _gateway.Upstream.Always(Answer.Json(text, 400));
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, false));
        Assert.Equal(goes ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(goes ? 1 : 0, _gateway.Second.Requests.Count);
        // The route between them is no larger.
        Assert.Single(_gateway.Upstream.Requests);
    }

    private static string? KeyOf(RecordedRequest request) => request.Header("x-api-key") ?? request.Header("authorization");

    private static string Catalog(string first, string second) => $$"""
        {
          "default": false,
          "providers": {
            "a1": { "dialect": "anthropic", "baseUrl": "{{first}}", "secrets": ["ROUTING_KEY_A", "ROUTING_KEY_B"] },
            "a2": { "dialect": "anthropic", "baseUrl": "{{second}}", "secrets": ["ROUTING_KEY_A", "ROUTING_KEY_B"] },
            "o1": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1", "secrets": ["ROUTING_KEY_A", "ROUTING_KEY_B"] },
            "o2": { "dialect": "openai-chat", "baseUrl": "{{second}}/v1", "secrets": ["ROUTING_KEY_A", "ROUTING_KEY_B"] },
            "n1": { "dialect": "anthropic", "baseUrl": "{{first}}" },
            "n2": { "dialect": "anthropic", "baseUrl": "{{second}}" },
            "c1": { "dialect": "openai-chat", "baseUrl": "{{first}}/v1" },
            "c2": { "dialect": "openai-chat", "baseUrl": "{{second}}/v1" }
          },
          "models": [
            { "id": "native/ordered", "routes": [{ "provider": "n1", "model": "m" }, { "provider": "n2", "model": "m" }] },
            { "id": "translated/ordered", "routes": [{ "provider": "c1", "model": "m" }, { "provider": "c2", "model": "m" }] },
            { "id": "native/shared",
              "routes": [{ "provider": "a1", "model": "m", "priority": 1 }, { "provider": "a2", "model": "m", "priority": 1 }] },
            { "id": "translated/shared",
              "routes": [{ "provider": "o1", "model": "m", "priority": 1 }, { "provider": "o2", "model": "m", "priority": 1 }] },
            { "id": "native/windows", "contextTokens": 1000,
              "routes": [{ "provider": "n1", "model": "m" }, { "provider": "n1", "model": "same" },
                         { "provider": "n2", "model": "m", "contextTokens": 200000 }] },
            { "id": "translated/windows", "contextTokens": 1000,
              "routes": [{ "provider": "c1", "model": "m" }, { "provider": "c1", "model": "same" },
                         { "provider": "c2", "model": "m", "contextTokens": 200000 }] }
          ]
        }
        """;
}
