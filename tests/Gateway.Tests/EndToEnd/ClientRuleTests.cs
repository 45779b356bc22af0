using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Rules about what clients send beside a conversation and ask beside an answer: betas, encodings, counts, models, tags.</summary>
public sealed class ClientRuleTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Translated = "translated/model";

    /// <summary>Its provider has no counter, so tokens are estimated.</summary>
    private const string Estimated = "translated/fast";

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData("claude-test-4-5", true)]
    [InlineData(Translated, false)]
    [InlineData("responses/model", false)]
    [InlineData("gemini/model", false)]
    public async Task Rule_E114_a_beta_header_and_its_field_travel_or_stay_together(string model, bool native)
    {
        var marker = Marker();
        if (native)
            _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var request = TestGateway.Post(
            "/v1/messages?beta=true",
            $$"""{"model":"{{model}}","max_tokens":100,"context_management":{"edits":[{"type":"clear_tool_uses_20250919"}]}"""
            + $$""","messages":[{"role":"user","content":"{{marker}}"}]}""");
        request.Headers.Add("anthropic-beta", "context-management-2025-06-27");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var sent = Sent(marker);
        Assert.Equal(native ? "context-management-2025-06-27" : null, sent.Header("anthropic-beta"));
        Assert.Equal(native, sent.Text.Contains("context_management"));
        Assert.Equal(native ? null : "context_management", response.Headers.TryGetValues("gateway-dropped", out var dropped) ? dropped.Single() : null);
    }

    [Theory]
    [InlineData("claude-test-4-5")]
    [InlineData(Translated)]
    public async Task Rule_E138_a_stream_is_never_compressed(string model)
    {
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Streams.Opening(model != Translated).Closing(model != Translated));
        using var request = TestGateway.Messages(model, stream: true, marker);
        request.Headers.Add("Accept-Encoding", "gzip, deflate, br, zstd");
        using var response = await _gateway.SendAsync(request);
        Assert.Empty(response.Content.Headers.ContentEncoding);
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_stop", (await events.RestAsync())[^1].Name);
    }

    [Fact]
    public async Task Rules_E149_E150_everything_of_a_request_is_counted_and_nothing_else()
    {
        var png = Convert.ToBase64String([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 3, 0xE8, 0, 0, 3, 0xE8]);
        string Body(string content, string more) =>
            $$"""{"model":"{{Estimated}}"{{more}},"messages":[{"role":"user","content":[{"type":"text","text":"Hello there"}{{content}}]}]}""";
        var bare = await CountAsync(Body("", ""));
        Assert.InRange(bare, 3, 12);
        var tool =
            """{"name":"get_weather","description":"Tells the weather of a city on a day.","input_schema":{"type":"object","properties":{"city":"""
            + """{"type":"string","description":"The name of the city"},"day":{"type":"string"}}}}""";
        foreach (var (body, least) in new[]
                 {
                     (Body("", ""","system":"You are a helpful assistant that answers in short and friendly sentences." """), 10),
                     (Body("", $""","tools":[{tool}]"""), 30),
                     (Body($$$""",{"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{{png}}}"}}""", ""), 1_000),
                     (
                         Body(
                             """,{"type":"document","source":{"type":"text","media_type":"text/plain","data":"A document of some length that has to be """
                             + """paid for."}}""",
                             ""),
                         8),
                 })
        {
            Assert.InRange(await CountAsync(body) - bare, least, 20 * least);
        }
    }

    [Fact]
    public async Task Rules_E153_F14_a_burst_of_counts_takes_nothing_from_the_keys_limits()
    {
        var limits = new { requestsPerMinute = 2, tokenCountsPerMinute = 25, inputTokensPerMinute = 1000 };
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "counts", limits });
        var answers = await Task.WhenAll(Enumerable.Range(0, 25).Select(_ => _gateway.SendAsync(
            TestGateway.Post("/v1/messages/count_tokens", $$"""{"model":"{{Estimated}}","messages":[{"role":"user","content":"Hello"}]}""", key))));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeCompletion));
        using var message = await _gateway.SendAsync(TestGateway.Messages(Translated, stream: false, marker, key));
        Assert.Equal(HttpStatusCode.OK, message.StatusCode);
        await _gateway.UsageAsync(id, 1);
    }

    [Fact]
    public async Task Rule_E155_a_models_true_window_is_told_and_what_it_used_is_not_scaled()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models/native/model-4.5");
        request.Headers.Add("x-api-key", TestGateway.ApiKey);
        using var info = await _gateway.SendAsync(request);
        Assert.Equal(200_000, JsonDocument.Parse(await info.Content.ReadAsStringAsync()).RootElement.GetProperty("max_input_tokens").GetInt32());
        var marker = Marker();
        _gateway.Upstream.Script(
            r => r.Text.Contains(marker),
            Answer.Json(
                """{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":123456,"completion_tokens":7}}"""));
        using var response = await _gateway.SendAsync(TestGateway.Messages(Translated, stream: false, marker));
        Assert.Contains("\"input_tokens\":123456,", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Rules_E156_E157_a_request_is_its_own_event_with_the_clients_session_hashed()
    {
        var marker = Marker();
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Answer.Json(Streams.WholeCompletion));
        for (var i = 0; i < 2; i++)
        {
            using var request = TestGateway.Messages(Translated, stream: false, marker, key);
            request.Headers.Add("x-claude-code-session-id", "session-1");
            request.Headers.Add("x-claude-code-agent-id", "agent-1");
            using var response = await _gateway.SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await _gateway.UsageAsync(id, 2);
        foreach (var e in (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data").EnumerateArray())
        {
            var tags = e.GetProperty("metadata");
            Assert.Matches("^[0-9a-f]{16}$", tags.GetProperty("claude_code_session").GetString());
            Assert.Matches("^[0-9a-f]{16}$", tags.GetProperty("claude_code_agent").GetString());
        }
    }

    [Theory]
    [InlineData("claude-test-4.5")]
    [InlineData(Translated)]
    public async Task What_Claude_Code_hints_at_is_in_the_event_and_goes_no_further(string model)
    {
        const string Secret = "sha256:0123456789abcdef";
        var marker = Marker();
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.Whole(model != Translated)));
        using var request = TestGateway.Messages(model, stream: false, marker, key);
        foreach (var (name, value) in new[]
        {
            ("session-id", "session-1"), ("agent-id", "agent-2"), ("parent-agent-id", "agent-1"), ("prompt-id", "prompt-1"), ("request-class", "subagent"),
            ("agent-type", new string('e', 500)), ("prev-tool-durations", "Bash=180"), ("managed-settings-checksum", Secret),
        })
            request.Headers.Add("x-claude-code-" + name, value);
        request.Headers.Add("x-claude-1p-request-class", "main");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(Sent(marker).Headers.Keys, name => name.StartsWith("x-claude", StringComparison.OrdinalIgnoreCase));

        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        var tags = e.GetProperty("metadata");
        Assert.Equal("subagent", tags.GetProperty("claude_code_request_class").GetString());
        Assert.InRange(tags.GetProperty("claude_code_agent_type").GetString()!.Length, 1, 64);
        var hashed = new[] { "session", "agent", "parent_agent", "prompt_id" }.Select(n => tags.GetProperty("claude_code_" + n).GetString()!).ToArray();
        Assert.All(hashed, h => Assert.Matches("^[0-9a-f]{16}$", h));
        Assert.Equal(4, hashed.Distinct().Count());
        Assert.DoesNotContain(Secret, e.GetRawText());
        Assert.DoesNotContain("Bash", e.GetRawText());
    }

    [Theory]
    [InlineData("image", "image/png", "messages.0.content.0.image: this model can't read images")]
    [InlineData("document", "application/pdf", "messages.0.content.0.document: this model does not support PDF input.")]
    public async Task Claude_Code_reads_which_picture_or_document_to_leave_out(string type, string media, string message)
    {
        var block = $$$"""{"type":"{{{type}}}","source":{"type":"base64","media_type":"{{{media}}}","data":"JVBERi0x"}}""";
        await AssertAsync($$"""{"role":"user","content":[{{block}}]}""", message);
        await AssertAsync(
            """{"role":"user","content":"x"},{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Read","input":{}}]},"""
            + $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"a"},{{block}}]}] }""",
            message.Replace("messages.0.content.0", "messages.2.content.0.tool_result.content.1"));

        async Task AssertAsync(string messages, string expected)
        {
            using var response = await _gateway.SendAsync(
                TestGateway.Post("/v1/messages", $$"""{"model":"translated/blind","max_tokens":9,"messages":[{{messages}}] }"""));
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, text);
            Assert.StartsWith(expected, JsonDocument.Parse(text).RootElement.GetProperty("error").GetProperty("message").GetString());
        }
    }

    [Fact]
    public async Task The_callers_own_request_id_is_in_the_event_by_its_name()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        using var request = TestGateway.Messages("demo/echo", stream: false, key: key);
        request.Headers.Add("x-request-id", "mine-17");
        using var response = await _gateway.SendAsync(request);
        Assert.Equal("mine-17", response.Headers.GetValues("x-request-id").Single());
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal("mine-17", e.GetProperty("x_request_id").GetString());
    }

    [Theory]
    [InlineData("claude-nothing-9")]
    [InlineData("")]
    public async Task Rule_E159_a_model_that_is_not_there_is_said_so(string model)
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, stream: true));
        Assert.Equal(model.Length == 0 ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(model.Length == 0 ? "invalid_request_error" : "not_found_error", await response.Content.ReadAsStringAsync());
    }

    private static string Marker() => "rule-" + Guid.NewGuid().ToString("N");

    private RecordedRequest Sent(string marker) => _gateway.Upstream.Requests.Single(r => r.Text.Contains(marker));

    private async Task<long> CountAsync(string body)
    {
        using var response = await _gateway.SendAsync(TestGateway.Post("/v1/messages/count_tokens", body));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("input_tokens").GetInt64();
    }
}
