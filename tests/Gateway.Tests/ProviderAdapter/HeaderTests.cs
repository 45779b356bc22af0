using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.ProviderAdapter;

public class HeaderTests
{
    private static readonly (string, string)[] AllSorts =
    [
        ("anthropic-version", "2026-10-21"), ("anthropic-beta", "effort-2025-11-24,brand-new-2027-01-01"), ("x-app", "cli"),
        ("x-stainless-lang", "js"), ("User-Agent", "claude-cli/2.1"), ("x-custom", "kept"),
        ("Accept", "application/json, text/event-stream"), ("Content-Language", "de"), ("x-fancy", "café"),
        // What must not get to a provider.
        ("x-claude-code-session-id", "s1"), ("x-claude-1p-request-class", "main"),
        ("Authorization", "Bearer client-key"), ("x-api-key", "client-key"), ("api-key", "client-key"), ("x-goog-api-key", "client-key"),
        ("Cookie", "s=1"), ("Forwarded", "for=1.2.3.4"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Host", "h"), ("x-real-ip", "1.2.3.4"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), ("tracestate", "a=b"), ("baggage", "a=b"),
        ("dapr-caller-app-id", "ingress"), ("gateway-future", "x"), ("Accept-Encoding", "gzip, br, zstd"),
        ("Connection", "x-hop"), ("x-hop", "1"), ("TE", "trailers"), ("Keep-Alive", "timeout=5"), ("Proxy-Authorization", "Basic eA=="),
    ];

    private static readonly string[] NeverUp =
    [
        "Authorization", "api-key", "x-goog-api-key", "Cookie", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "x-real-ip", "traceparent",
        "tracestate", "baggage", "dapr-caller-app-id", "gateway-future", "gateway-provider", "gateway-request-id", "x-hop", "TE", "Keep-Alive",
        "Proxy-Authorization", "Transfer-Encoding", "Expect", "x-claude-code-session-id", "x-claude-1p-request-class",
    ];

    [Fact]
    public async Task Native_calls_carry_the_clients_headers_and_our_credential()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync("""{"a":"ä"}""", headers: AllSorts);
        var request = await upstream.RequestAsync();

        Assert.Equal(("POST", "/v1/messages"), (request.Method, request.Path));
        Assert.Equal("sk-secret-value", request.Header("x-api-key"));
        Assert.Equal("2026-10-21", request.Header("anthropic-version"));
        Assert.Equal("effort-2025-11-24,brand-new-2027-01-01", request.Header("anthropic-beta"));
        Assert.Equal("cli", request.Header("x-app"));
        Assert.Equal("js", request.Header("x-stainless-lang"));
        Assert.Equal("claude-cli/2.1", request.Header("User-Agent"));
        Assert.Equal("kept", request.Header("x-custom"));
        Assert.Equal("café", request.Header("x-fancy"));
        Assert.Equal("de", request.Header("Content-Language"));
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal("identity", request.Header("Accept-Encoding"));
        Assert.Equal("""{"a":"ä"}""", request.Text);
        Assert.Equal("10", request.Header("Content-Length"));
        Assert.DoesNotContain(request.Headers.Keys, name => NeverUp.Contains(name, StringComparer.OrdinalIgnoreCase));
        Assert.Equal(new Uri(upstream.Url).Authority, request.Header("Host"));
    }

    [Fact]
    public async Task Rules_E113_E114_other_dialects_get_no_headers_that_only_anthropic_understands()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream, "openai-chat");

        using var response = await adapter.CallAsync(headers: AllSorts);
        var request = await upstream.RequestAsync();

        Assert.Equal("/chat/completions", request.Path);
        Assert.Equal("Bearer sk-secret-value", request.Header("Authorization"));
        Assert.Equal("kept", request.Header("x-custom"));
        Assert.DoesNotContain("claude", request.Header("User-Agent"), StringComparison.Ordinal);
        var wrong = NeverUp.Except(["Authorization"])
            .Concat(["x-api-key", "x-app", "anthropic-version", "anthropic-beta", "x-stainless-lang"])
            .ToArray();
        Assert.DoesNotContain(request.Headers.Keys, name => wrong.Contains(name, StringComparer.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_missing_anthropic_version_is_filled_in()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal("2023-06-01", (await upstream.RequestAsync()).Header("anthropic-version"));
    }

    [Fact]
    public async Task The_catalogs_headers_win_over_the_clients()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync(upstream, entry: """ "headers": { "x-custom": "ours", "anthropic-workspace-id": "w1" } """);

        using var response = await adapter.CallAsync(headers: ("x-custom", "theirs"));

        var request = await upstream.RequestAsync();
        Assert.Equal("ours", request.Header("x-custom"));
        Assert.Equal("w1", request.Header("anthropic-workspace-id"));
    }

    [Fact]
    public async Task A_provider_without_secret_gets_no_credential()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        await using var adapter = await TestAdapter.StartAsync($$"""{ "p": { "dialect": "openai-chat", "baseUrl": "{{upstream.Url}}" } }""");

        using var response = await adapter.CallAsync(headers: ("Authorization", "Bearer client-key"));

        Assert.Null((await upstream.RequestAsync()).Header("Authorization"));
        Assert.Empty(adapter.SecretReads);
    }

    [Fact]
    public async Task Answers_keep_status_body_and_end_to_end_headers()
    {
        await using var upstream = await FakeUpstream.StartAsync();
        upstream.Script(Answer.Json("""{"type":"error","é":1}""", 413)
            .Header("request-id", "req_upstream").Header("retry-after", "12").Header("anthropic-ratelimit-requests-limit", "50")
            .Header("x-repeated", "one").Header("x-repeated", "two").Header("anthropic-organization-id", "org")
            .Header("set-cookie", "__cf_bm=1").Header("alt-svc", "h3").Header("strict-transport-security", "max-age=1")
            .Header("gateway-origin", "gateway").Header("gateway-error-kind", "Internal").Header("dapr-x", "1")
            .Header("connection", "x-hop").Header("x-hop", "1"));
        await using var adapter = await TestAdapter.StartAsync(upstream);

        using var response = await adapter.CallAsync();

        Assert.Equal(413, (int)response.StatusCode);
        Assert.Equal("""{"type":"error","é":1}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("req_upstream", Header(response, "request-id"));
        Assert.Equal("12", Header(response, "retry-after"));
        Assert.Equal("50", Header(response, "anthropic-ratelimit-requests-limit"));
        Assert.Equal("org", Header(response, "anthropic-organization-id"));
        Assert.Equal(["one", "two"], response.Headers.GetValues("x-repeated"));
        Assert.Equal(GatewayHeaders.OriginUpstream, Header(response, GatewayHeaders.Origin));
        Assert.Equal("1", Header(response, GatewayHeaders.Attempts));
        foreach (var name in (string[])["set-cookie", "alt-svc", "strict-transport-security", GatewayHeaders.ErrorKind, "dapr-x", "x-hop"])
            Assert.False(response.Headers.Contains(name), name);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
