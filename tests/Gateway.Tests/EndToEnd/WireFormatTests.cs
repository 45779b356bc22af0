using System.Net;
using System.Text.Json;
using Anthropic;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>The wire formats beside Chat Completions, through the whole gateway: the official C# SDK, a turn with a tool, counting, failures.</summary>
public sealed class WireFormatTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Responses = "responses/model";
    private const string Chat = "translated/model";
    private const string Gemini = "gemini/model";
    private const string Translated = "translated/model";
    private const string Shop = "shop/model";

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(Responses, "/v1/responses", "")]
    [InlineData(Gemini, "/v1beta/models/gemini-3-test:generateContent", "")]
    public async Task The_sdk_gets_a_message(string model, string path, string query)
    {
        var marker = Marker();
        var message = await Client().Messages.Create(Prompt(model, marker));
        message.Validate();
        Assert.Equal($"You said: {marker}", message.Content[0].TryPickText(out var text) ? text.Text : "");
        Assert.Equal("end_turn", message.StopReason?.Raw());
        Assert.Equal(model, message.Model.Raw());
        Assert.True(message.Usage.InputTokens > 0);
        Assert.Equal(3, message.Usage.OutputTokens);
        var sent = Sent(marker).Single();
        Assert.Equal((path, query), (sent.Path, sent.Query));
    }

    [Theory]
    [InlineData(Responses, "/v1/responses", "")]
    [InlineData(Gemini, "/v1beta/models/gemini-3-test:streamGenerateContent", "?alt=sse")]
    public async Task The_sdk_gets_a_stream(string model, string path, string query)
    {
        var marker = Marker();
        var events = new List<RawMessageStreamEvent>();
        await foreach (var e in Client().Messages.CreateStreaming(Prompt(model, marker)))
        {
            e.Validate();
            events.Add(e);
        }

        Assert.True(events[0].TryPickStart(out _));
        Assert.True(events[^1].TryPickStop(out _));
        var parts = events.Select(e => e.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var t) ? t.Text : "")
            .Where(t => t.Length > 0).ToArray();
        Assert.Equal($"You said: {marker}", string.Concat(parts));
        Assert.Equal(3, parts.Length);
        var sent = Sent(marker).Single();
        Assert.Equal((path, query), (sent.Path, sent.Query));
    }

    [Theory]
    [InlineData(Responses)]
    [InlineData(Gemini)]
    public async Task A_tool_is_called_in_a_stream_and_its_result_goes_back_under_the_providers_own_id(string model)
    {
        var marker = Marker();
        const string Tools = """[{"name":"search","description":"Searches.","input_schema":{"type":"object","properties":{"query":{"type":"string"}}}}]""";
        var ask = $$"""{"role":"user","content":"{{marker}} use tool search"}""";
        using var response = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages", $$"""{"model":"{{model}}","max_tokens":100,"stream":true,"tools":{{Tools}},"messages":[{{ask}}]}"""));
        using var stream = await ClientStream.OpenAsync(response);
        var events = await stream.RestAsync();
        var start = JsonDocument.Parse(events.Single(e => e.Name == "content_block_start").Data).RootElement.GetProperty("content_block");
        var id = start.GetProperty("id").GetString()!;
        Assert.Equal(("tool_use", "search"), (start.GetProperty("type").GetString(), start.GetProperty("name").GetString()));
        var input = string.Concat(
            events.Where(e => e.Name == "content_block_delta").Select(
                e => JsonDocument.Parse(e.Data).RootElement.GetProperty("delta").GetProperty("partial_json").GetString()));
        Assert.Equal("fake", JsonDocument.Parse(input).RootElement.GetProperty("query").GetString());
        Assert.Contains("\"stop_reason\":\"tool_use\"", events[^2].Data);

        var call = $$"""{"role":"assistant","content":[{"type":"tool_use","id":"{{id}}","name":"search","input":{{input}}}]}""";
        var result = $$"""{"role":"user","content":[{"type":"tool_result","tool_use_id":"{{id}}","content":"It is {{marker}}."}]}""";
        using var second = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages", $$"""{"model":"{{model}}","max_tokens":100,"tools":{{Tools}},"messages":[{{ask}},{{call}},{{result}}]}"""));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        var sent = Sent(marker)[1].Json();
        if (model == Responses)
        {
            Assert.Equal("call_fake_1", sent.GetProperty("input")[1].GetProperty("call_id").GetString());
            Assert.Equal("call_fake_1", sent.GetProperty("input")[2].GetProperty("call_id").GetString());
            return;
        }

        var returned = sent.GetProperty("contents")[1].GetProperty("parts")[0];
        Assert.Equal("ZmFrZQ==", returned.GetProperty("thoughtSignature").GetString());
        Assert.Equal("call_fake_1", returned.GetProperty("functionCall").GetProperty("id").GetString());
        Assert.Equal("call_fake_1", sent.GetProperty("contents")[2].GetProperty("parts")[0].GetProperty("functionResponse").GetProperty("id").GetString());
    }

    [Theory]
    [InlineData(Responses, "/v1/responses/input_tokens", """{"object":"response.input_tokens","input_tokens":4242}""")]
    [InlineData(Gemini, "/v1beta/models/gemini-3-test:countTokens", """{"totalTokens":4242,"promptTokensDetails":[]}""")]
    [InlineData(Translated, "/v1/responses/input_tokens", """{"object":"response.input_tokens","input_tokens":4242}""")]
    [InlineData(Shop, "/tokenize", """{"count":4242,"tokens":[]}""")]
    public async Task Rule_E152_tokens_are_counted_by_the_provider(string model, string path, string answer)
    {
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Path == path && r.Text.Contains(marker), Answer.Json(answer));
        using var response = await _gateway.SendAsync(
            TestGateway.Post(
                "/v1/messages/count_tokens", $$"""{"model":"{{model}}","system":"Be brief.","messages":[{"role":"user","content":"{{marker}}"}]}"""));
        Assert.Equal("""{"input_tokens":4242}""", await response.Content.ReadAsStringAsync());
        Assert.Equal("provider", response.Headers.GetValues("gateway-count-accuracy").Single());
        Assert.Contains("Be brief.", Sent(marker).Single().Text);
    }

    [Theory]
    [InlineData(Responses)]
    [InlineData(Gemini)]
    [InlineData(Translated)]
    [InlineData(Shop)]
    public async Task Rule_E152_a_counter_that_fails_is_replaced_by_an_estimate(string model)
    {
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json("{}", 404), Answer.Json("{}", 404), Answer.Json("{}", 404));
        using var response = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages/count_tokens", $$"""{"model":"{{model}}","messages":[{"role":"user","content":"{{marker}}"}]}"""));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("estimate; within=15%", response.Headers.GetValues("gateway-count-accuracy").Single());
    }

    [Theory]
    [InlineData("Сколько будет дважды два?", "estimate; within=40%")]
    [InlineData("How much is two times two?", "estimate; within=15%")]
    public async Task Rule_E152_an_estimate_says_how_far_off_it_may_be(string text, string accuracy)
    {
        var system = Marker();
        _gateway.Upstream.Always(r => r.Text.Contains(system), _ => Answer.Json("{}", 404));
        using var response = await _gateway.SendAsync(
            TestGateway.Post(
                "/v1/messages/count_tokens", $$"""{"model":"{{Shop}}","system":"{{system}}","messages":[{"role":"user","content":"{{text}}"}]}"""));
        Assert.Equal(accuracy, response.Headers.GetValues("gateway-count-accuracy").Single());
    }

    [Fact]
    public async Task Rule_E152_no_figure_is_given_for_what_was_not_measured()
    {
        var system = Marker();
        _gateway.Upstream.Always(r => r.Text.Contains(system), _ => Answer.Json("{}", 404));
        const string Image = """{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}""";
        using var response = await _gateway.SendAsync(
            TestGateway.Post(
                "/v1/messages/count_tokens", $$"""{"model":"{{Shop}}","system":"{{system}}","messages":[{"role":"user","content":[{{Image}}]}]}"""));
        Assert.Equal("estimate", response.Headers.GetValues("gateway-count-accuracy").Single());
    }

    [Fact]
    public async Task A_provider_that_is_only_in_the_catalog_is_served_with_the_quirks_named_there()
    {
        var marker = Marker();
        var message = await Client().Messages.Create(Prompt(Shop, marker) with { StopSequences = ["A", "B"] });
        Assert.Equal($"You said: {marker}", message.Content[0].TryPickText(out var text) ? text.Text : "");
        var sent = Sent(marker).Single();
        Assert.Equal(("/v1/chat/completions", "7"), (sent.Path, sent.Headers["x-branch"]));
        using var body = JsonDocument.Parse(sent.Text);
        Assert.Equal("own-1", body.RootElement.GetProperty("model").GetString());
        Assert.Equal(100, body.RootElement.GetProperty("max_completion_tokens").GetInt32());
        Assert.False(body.RootElement.TryGetProperty("max_tokens", out _));
        Assert.Equal(["A"], body.RootElement.GetProperty("stop").EnumerateArray().Select(s => s.GetString()));
    }

    [Theory]
    [InlineData(Responses, """{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"m","delta":"Hello"}""")]
    [InlineData(Gemini, """{"candidates":[{"content":{"parts":[{"text":"Hello"}],"role":"model"},"index":0}]}""")]
    public async Task A_stream_without_its_end_is_an_error_to_the_sdk(string model, string data)
    {
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Sse().Data(data));
        using var client = Client(retries: 0);
        await Assert.ThrowsAsync<AnthropicSseException>(async () =>
        {
            await foreach (var _ in client.Messages.CreateStreaming(Prompt(model, marker)))
            {
            }
        });
    }

    [Fact]
    public async Task The_wait_that_Gemini_asks_for_in_its_body_reaches_the_client()
    {
        var marker = Marker();
        var refusal = Answer.Json(
            """{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":["""
            + """{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"21.3s"}]}}""",
            429);
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => refusal);
        using var response = await _gateway.SendAsync(TestGateway.Messages(Gemini, stream: true, content: marker));
        Assert.Equal((HttpStatusCode)429, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(22), response.Headers.RetryAfter?.Delta);
        Assert.Contains("rate_limit_error", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_model_that_refuses_to_think_as_asked_is_asked_once_more_and_never_again()
    {
        var marker = Marker();
        _gateway.Upstream.Script(
            r => r.Text.Contains(marker) && r.Text.Contains("thinkingLevel"),
            Answer.Json("""{"error":{"code":400,"message":"Thinking level is not supported for this model.","status":"INVALID_ARGUMENT"}}""", 400));
        var body = $$"""{"model":"{{Gemini}}","max_tokens":100,"output_config":{"effort":"medium"},"messages":[{"role":"user","content":"{{marker}}"}]}""";
        for (var i = 0; i < 2; i++)
        {
            using var response = await _gateway.SendAsync(TestGateway.Post("/v1/messages", body));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains("output_config.effort", response.Headers.GetValues("gateway-dropped").Single());
        }

        Assert.Equal(3, Sent(marker).Count);
    }

    public static TheoryData<string, string[], long, long> FailuresWithUsage => new()
    {
        { Chat, [
            """{"choices":[{"index":0,"delta":{"content":"Hello"}}],"usage":{"prompt_tokens":900,"completion_tokens":33}}""",
            """{"error":{"message":"boom","type":"server_error"}}"""], 900, 33 },
        { Responses, ["""{"type":"response.output_text.delta","output_index":0,"content_index":0,"item_id":"m","delta":"Hello"}""",
            """{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"boom"},"usage":{"input_tokens":900"""
            + ""","output_tokens":33}}}"""], 900, 33 },
        { Gemini, ["""{"candidates":[{"content":{"parts":[{"text":"Hello"}]}}]}""",
            """{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}],"usageMetadata":{"promptTokenCount":900,"candidatesTokenCount":3"""
            + ""","thoughtsTokenCount":30}}"""], 900, 33 },
    };

    [Theory]
    [MemberData(nameof(FailuresWithUsage))]
    public async Task Rule_F5_what_a_failed_answer_used_is_billed_whenever_it_fails(string model, string[] data, long input, long output)
    {
        foreach (var started in new[] { true, false })
        {
            var marker = Marker();
            var (id, key) = await _gateway.CreateKeyAsync();
            var gate = new Gate();
            var answer = Answer.Sse().Data(data[0]);
            _gateway.Upstream.Script(r => r.Text.Contains(marker), (started ? answer.At(gate) : answer).Data(data[1]));
            using var response = await _gateway.SendAsync(TestGateway.Messages(model, stream: true, marker, key));
            if (started)
            {
                gate.Release();
                var text = await response.Content.ReadAsStringAsync();
                Assert.Contains("event: error\n", text);
                Assert.DoesNotContain("gateway-", text);
            }

            await BilledAsync(id, input, output);
        }
    }

    [Theory]
    [InlineData(Chat, """{"choices":[{"index":0,"message":{"content":"Hel"},"finish_reason":"error"}],"usage":{"prompt_tokens":900,"completion_tokens":33}}""")]
    [InlineData(
        Responses, """{"status":"failed","error":{"code":"server_error","message":"boom"},"output":[],"usage":{"input_tokens":900,"output_tokens":33}}""")]
    [InlineData(Gemini, """{"candidates":[{"finishReason":"UNEXPECTED_TOOL_CALL"}],"usageMetadata":{"promptTokenCount":900,"candidatesTokenCount":33}}""")]
    public async Task Rule_F5_what_a_failed_answer_in_one_piece_used_is_billed(string model, string body)
    {
        var marker = Marker();
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Answer.Json(body));
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, stream: false, marker, key));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith("gateway-usage", StringComparison.Ordinal));
        await BilledAsync(id, 900, 33);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_E105_what_an_answer_has_beyond_the_clients_format_is_named_to_the_client_and_in_the_usage_event(bool stream)
    {
        var marker = Marker();
        var (id, key) = await _gateway.CreateKeyAsync();
        const string annotations = """ "annotations":[{"type":"file_citation"}]""";
        _gateway.Upstream.Script(r => r.Text.Contains(marker), stream
            ? Answer.Sse().Data("""{"choices":[{"index":0,"delta":{"content":"Hello"}}]}""").Wait(TimeSpan.FromMilliseconds(300))
                .Data(
                    $$$"""{"choices":[{"index":0,"delta":{{{{annotations}}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":3"""
                    + $$$""","cost":0.5}}""").Data("[DONE]")
            : Answer.Json(
                $$$"""{"choices":[{"index":0,"message":{"content":"Hello",{{{annotations}}}},"finish_reason":"stop"}],"usage":{"prompt_tokens":9"""
                + $$$""","completion_tokens":3,"cost":0.5}}"""));
        using var response = await _gateway.SendAsync(TestGateway.Post("/v1/messages",
            $$"""{"model":"{{Chat}}","max_tokens":100,"top_k":3,"stream":{{(stream ? "true" : "false")}},"messages":["""
            + $$"""{"role":"user","content":"{{marker}}"}]}""", key));
        var text = await response.Content.ReadAsStringAsync();
        if (stream)
        {
            Assert.Contains("\n\n: gateway-dropped: answer.file_citation\nevent: message_delta\n", text);
            Assert.DoesNotContain("gateway-provider-cost", text);
        }

        Assert.Equal(stream ? "top_k" : "top_k, answer.file_citation", response.Headers.GetValues("gateway-dropped").Single());
        var e = await EventAsync(id);
        Assert.Equal(["top_k", "answer.file_citation"], e.GetProperty("dropped").EnumerateArray().Select(d => d.GetString()));
        Assert.Equal("0.5", e.GetProperty("provider_cost").GetString());
    }

    [Fact]
    public async Task Comments_of_a_native_provider_are_the_clients_and_not_believed()
    {
        var marker = Marker();
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Script(
            r => r.Text.Contains(marker),
            Streams.Opening(native: true)
                .Raw(": gateway-usage: {\"output_tokens\":0}\n: gateway-usage-estimated: true\n")
                .Event("message_delta", Streams.MessageDelta).Event("message_stop", """{"type":"message_stop"}"""));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4-5", stream: true, marker, key));
        Assert.Contains(": gateway-usage-estimated: true\nevent: message_delta\n", await response.Content.ReadAsStringAsync());
        var usage = (await EventAsync(id)).GetProperty("usage");
        Assert.Equal((20, false), (usage.GetProperty("output_tokens").GetInt64(), usage.GetProperty("estimated").GetBoolean()));
    }

    private async Task BilledAsync(string keyId, long input, long output)
    {
        var e = await EventAsync(keyId);
        Assert.Equal("error", e.GetProperty("outcome").GetString());
        var usage = e.GetProperty("usage");
        Assert.Equal(
            (input, output, false),
            (usage.GetProperty("input_tokens").GetInt64(), usage.GetProperty("output_tokens").GetInt64(), usage.GetProperty("estimated").GetBoolean()));
    }

    private async Task<JsonElement> EventAsync(string keyId)
    {
        await _gateway.UsageAsync(keyId, 1);
        return (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{keyId}/events")).GetProperty("data")[0];
    }

    private static string Marker() => "mark-" + Guid.NewGuid().ToString("N");

    private static MessageCreateParams Prompt(string model, string text) =>
        new() { Model = model, MaxTokens = 100, Messages = [new UserMessageParam { Content = text }] };

    private AnthropicClient Client(int retries = 2) => new() { BaseUrl = _gateway.Url, ApiKey = TestGateway.ApiKey, MaxRetries = retries };

    /// <summary>What arrived at the provider of one test.</summary>
    private List<RecordedRequest> Sent(string marker) => [.. _gateway.Upstream.Requests.Where(r => r.Text.Contains(marker))];
}
