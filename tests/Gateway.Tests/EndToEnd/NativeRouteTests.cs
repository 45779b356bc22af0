using System.Net;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Anthropic behind the gateway: what goes in and what comes out is Anthropic's, byte for byte, but for the model's name and the key.</summary>
public sealed class NativeRouteTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task Rule_E82_the_body_reaches_the_provider_byte_for_byte_but_for_the_model()
    {
        var marker = "bytes-" + Guid.NewGuid().ToString("N");
        var body = $$"""
            { "future_field" : {"é":"\u00e9 < & + ' \ud83d\ude00","n":[1.0,1e3,-0]} ,"model" : "native/model-4.5",
              "max_tokens":1e2,"thinking":{"type":"enabled","budget_tokens":2048},
              "messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"","signature":"c2ln+/="},{"type":"new_block","x":null}]},
                          {"role":"user","content":"{{marker}}"}]}
            """;
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var request = TestGateway.Post("/v1/messages?beta=true", body);
        request.Headers.Add("anthropic-version", "2023-06-01");
        request.Headers.Add("anthropic-beta", "one-2025-01-01,two-2026-01-01");
        request.Headers.Add("x-unknown", "kept");
        request.Headers.Add("x-stainless-lang", "js");
        request.Headers.TryAddWithoutValidation("User-Agent", "claude-cli/2.1.328 (external, sdk-cli)");
        request.Headers.Add("Cookie", "secret=1");
        request.Headers.Add("gateway-provider", "openai");
        request.Headers.Connection.Add("x-of-this-connection");
        request.Headers.Add("x-of-this-connection", "1");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        var sent = _gateway.Upstream.Requests.Single(r => r.Text.Contains(marker));
        Assert.Equal(body.Replace("\"native/model-4.5\"", "\"claude-test-4-5-20250929\""), sent.Text);
        Assert.Equal(("/v1/messages", "POST"), (sent.Path, sent.Method));
        Assert.Equal("2023-06-01", sent.Header("anthropic-version"));
        Assert.Equal("one-2025-01-01,two-2026-01-01", sent.Header("anthropic-beta"));
        Assert.Equal("kept", sent.Header("x-unknown"));
        Assert.Equal("js", sent.Header("x-stainless-lang"));
        Assert.Equal("claude-cli/2.1.328 (external, sdk-cli)", sent.Header("user-agent"));
        foreach (var name in new[] { "x-api-key", "authorization", "cookie", "x-forwarded-for", "forwarded", "x-of-this-connection" })
            Assert.Null(sent.Header(name));
        Assert.DoesNotContain(
            sent.Headers.Keys, h => h.StartsWith("gateway-", StringComparison.OrdinalIgnoreCase) || h.StartsWith("dapr-", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("2023-06-01", ",\"temperature\":0.5,\"cache_control\":{\"type\":\"ephemeral\",\"scope\":\"global\"}")]
    [InlineData("2026-10-21", ",\"future\":true")]
    public async Task Rules_E74_E106_E113_nothing_is_moved_removed_or_put_into_another_version(string version, string more)
    {
        var marker = "version-" + Guid.NewGuid().ToString("N");
        var betas = string.Join(",", Enumerable.Range(0, 25).Select(i => $"beta-{i}"));
        var body =
            $$"""{"model":"claude-test-4-5-20250929","max_tokens":5,"messages":[{"role":"system","content":"first"},"""
            + $$"""{"role":"user","content":"{{marker}}"}]{{more}}}""";
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var request = TestGateway.Post("/v1/messages", body);
        request.Headers.Add("anthropic-version", version);
        request.Headers.Add("anthropic-beta", betas);
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = _gateway.Upstream.Requests.Single(r => r.Text.Contains(marker));
        Assert.Equal((body, version, betas), (sent.Text, sent.Header("anthropic-version"), sent.Header("anthropic-beta")));
    }

    [Fact]
    public async Task Rules_E75_E76_E78_E80_E103_E107_what_Anthropic_judges_by_itself_reaches_it_as_it_is()
    {
        var marker = "judged-" + Guid.NewGuid().ToString("N");
        var mark = """ "cache_control":{"type":"ephemeral"}""";
        var marked = string.Join(",", Enumerable.Range(0, 5).Select(i => $$$"""{"type":"text","text":"{{{i}}}",{{{mark}}}}"""));
        var body = $$$"""
            {"model":"claude-test-4-5-20250929","max_tokens":5,
             "system":[{"type":"text","text":"x-anthropic-billing-header: cch=1;"},{"type":"text","text":"s",{{{mark}}}},{"type":"text","text":"t"}],
             "messages":[{"role":"user","content":[{"type":"text","text":""},{{{marked}}},
                                                   {"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"iVBORw0KGgo="}}]},
                         {"role":"user","content":"{{{marker}}}"},{"role":"assistant","content":"foo "}]}
            """;
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Post("/v1/messages", body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, _gateway.Upstream.Requests.Single(r => r.Text.Contains(marker)).Text);
        Assert.False(response.Headers.Contains("gateway-dropped"));
    }

    [Theory]
    [InlineData("user", """{"type":"text","text":"x","citations":[{"type":"char_location"}]}""", "messages.0.content.0.citations")]
    [
        InlineData(
            "user", """{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"x","citations":[{}]}]}""",
            "messages.0.content.0.content.0.citations")]
    [InlineData("assistant", """{"type":"document","source":{"type":"text","media_type":"text/plain","data":"x"}}""", "messages.0.content.0.type")]
    public async Task What_an_api_version_refuses_is_refused_on_translated_routes_too(string role, string block, string path)
    {
        var marker = "newer-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Answer.Json(Streams.WholeCompletion));
        foreach (var (version, status) in new[] { ("2023-06-01", HttpStatusCode.OK), ("2026-10-21", HttpStatusCode.BadRequest) })
        {
            using var request = TestGateway.Post(
                "/v1/messages",
                $$"""{"model":"translated/model","max_tokens":5,"messages":[{"role":"{{role}}","content":[{{block}}]},"""
                + $$"""{"role":"user","content":"{{marker}}"}]}""");
            request.Headers.Add("anthropic-version", version);
            using var response = await _gateway.SendAsync(request);
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(status == response.StatusCode, text);
            if (status == HttpStatusCode.BadRequest)
                Assert.Contains(path, text);
        }
    }

    [Fact]
    public async Task Unknown_events_blocks_and_headers_pass_and_the_model_is_echoed_as_asked_for()
    {
        const string rest =
            "event: ping\ndata: {\"type\": \"ping\"}\n\n" +
            "event: content_block_start\r\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"brand_new\"}}\r\n\r\n" +
            ": a comment\n\n" +
            "event: something_new\ndata: {\"type\":\"something_new\",\"x\":\"é\\u00e9\"}\n\n" +
            "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":5}}\n\n" +
            "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        var start = $"event: message_start\ndata: {Streams.MessageStart}\n\n";
        foreach (var split in new[] { 1, 7, 100_000 })
        {
            var marker = "events-" + Guid.NewGuid().ToString("N");
            _gateway.Upstream.Script(
                r => r.Text.Contains(marker),
                Answer.Sse()
                    .Header("x-new", "1")
                    .SplitEvery(split).Raw(start + rest));
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, marker));
            var text = await response.Content.ReadAsStringAsync();
            Assert.Equal(start.Replace("\"claude-test-4-5-20250929\"", "\"claude-test-4.5\"") + rest, text);
            Assert.Equal("1", response.Headers.GetValues("x-new").Single());
            Assert.Equal("claude-test-4-5-20250929", response.Headers.GetValues("gateway-upstream-model").Single());
            Assert.StartsWith("req_", response.Headers.GetValues("gateway-request-id").Single());
        }
    }

    [Theory]
    [InlineData(400, "invalid_request_error")]
    [InlineData(413, "request_too_large")]
    [InlineData(429, "rate_limit_error")]
    [InlineData(500, "api_error")]
    [InlineData(529, "overloaded_error")]
    public async Task Rule_E124_a_providers_error_passes_unchanged(int status, string type)
    {
        var marker = "error-" + Guid.NewGuid().ToString("N");
        var body =
            $$$"""{"type":"error",  "error":{"type":"{{{type}}}","message":"prompt is too long: 5 tokens > 4 maximum","details":{"x":1}}"""
            + $$$""","request_id":"req_up"}""";
        _gateway.Upstream.Always(
            r => r.Text.Contains(marker),
            _ => Answer.Json(body, status).Header("retry-after", "17").Header("request-id", "req_up").Header("x-should-retry", "false"));
        foreach (var stream in new[] { true, false })
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", stream, marker));
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Equal(body, await response.Content.ReadAsStringAsync());
            Assert.Equal("17", response.Headers.GetValues("retry-after").Single());
            Assert.Equal(response.Headers.GetValues("gateway-request-id").Single(), response.Headers.GetValues("request-id").Single());
            Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        }
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public async Task Rule_E122_the_provider_refusing_our_key_is_not_the_clients_401(int status)
    {
        var marker = "auth-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Always(
            r => r.Text.Contains(marker),
            _ => Answer.Json("""{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}""", status));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, marker));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("api_error", text);
        Assert.DoesNotContain("invalid x-api-key", text);
    }

    [Fact]
    public async Task Rule_E121_an_error_page_becomes_an_anthropic_error()
    {
        var marker = "html-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Whole("text/html", Encoding.UTF8.GetBytes("<html>bad gateway</html>"), 502));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, marker));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"api_error\"", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rules_E129_E169_a_body_of_31_megabytes_passes_and_one_of_41_is_refused_by_name()
    {
        var marker = "big-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, marker + new string('x', 31_000_000)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(31_000_000, _gateway.Upstream.Requests.Single(r => r.Text.Contains(marker)).Text.Count(c => c == 'x') - "max_tokens".Count(c => c == 'x'));
        using var tooLarge = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, new string('x', 43_000_000)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLarge.StatusCode);
        Assert.Contains("request_too_large", await tooLarge.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_models_price_that_is_unknown_is_counted_as_unpriced_and_never_as_free()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var marker = "free-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/unpriced", false, marker, key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var totals = await _gateway.UsageAsync(id, 1);
        Assert.Equal(1, totals.GetProperty("unpriced_requests").GetInt64());
    }
}
