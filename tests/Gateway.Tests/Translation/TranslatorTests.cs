using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Names;
using Gateway.Contracts.Sse;
using Gateway.Translator;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Translation;

public class TranslatorTests : IAsyncLifetime
{
    private const string Whole = """{"model":"my-model","max_tokens":100,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Streamed = """{"model":"my-model","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hi"}]}""";
    private const string Hello = """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}""" + "\n\n";
    private const string World = """data: {"choices":[{"index":0,"delta":{"content":" world"},"finish_reason":null}]}""" + "\n\n";
    private const string Finish = """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";

    private TranslatorFixture _translator = null!;

    public async Task InitializeAsync() => _translator = await TranslatorFixture.StartAsync();

    public async Task DisposeAsync() => await _translator.DisposeAsync();

    [Theory]
    [InlineData("req_BYnX0jYmm5F69RsqzafmZgaR", "msg_BYnX0jYmm5F69RsqzafmZgaR")]
    [InlineData("req_BYnX0jYmm5F69Rsqzafm-gaR", null)]
    [InlineData("req_1", null)]
    [InlineData("BYnX0jYmm5F69RsqzafmZgaR0123", null)]
    public void A_message_is_named_after_its_request(string requestId, string? expected)
    {
        var id = MessagesEndpoint.MessageId(requestId);
        Assert.Matches("^msg_[0-9A-Za-z]{24}$", id);
        Assert.Equal(expected ?? id, id);
        Assert.Equal(id, MessagesEndpoint.MessageId(requestId));
        Assert.NotEqual(id, MessagesEndpoint.MessageId(requestId + "1"));
    }

    [Fact]
    public async Task Events_go_out_one_by_one_as_they_come_in()
    {
        var gate = new TaskCompletionSource();
        _translator.Script(async context =>
        {
            Stream(context);
            await WriteAsync(context, Hello);
            await gate.Task.WaitAsync(TranslatorFixture.Limit);
            await WriteAsync(context, World + Finish + Usage + Done);
        });
        using var response = await _translator.SendAsync(Streamed);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(GatewayHeaders.OriginUpstream, Header(response, GatewayHeaders.Origin));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var text = "";
        while (!text.Contains("\"text\":\"Hello\""))
            text += await reader.ReadLineAsync().WaitAsync(TranslatorFixture.Limit) + "\n";
        Assert.DoesNotContain("world", text);
        gate.SetResult();
        text += await reader.ReadToEndAsync().WaitAsync(TranslatorFixture.Limit);
        var message = StreamGrammar.Check(text.Replace("\"text\":\"Hello\"}}\n\n\n", "\"text\":\"Hello\"}}\n\n"))!;
        Assert.Equal("Hello world", message["content"]![0]!["text"]!.GetValue<string>());
        Assert.Equal("my-model", message["model"]!.GetValue<string>());
        Assert.StartsWith("msg_", message["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task Rules_E171_E174_the_adapter_gets_a_chunked_request_that_no_policy_can_replay()
    {
        _translator.ScriptStream(Hello + Finish + Done);
        using var response = await _translator.SendAsync(Streamed);
        await response.Content.ReadAsStringAsync();
        var (headers, body) = Assert.Single(_translator.Calls);
        Assert.Equal("chunked", headers.TransferEncoding);
        Assert.Null(headers.ContentLength);
        Assert.Equal(
            Encoding.UTF8.GetByteCount(body).ToString(System.Globalization.CultureInfo.InvariantCulture), headers[GatewayHeaders.BodyBytes].ToString());
        Assert.Equal("application/json, text/event-stream", headers.Accept.ToString());
        Assert.Equal(
            ("req_1", "test", "upstream-model", "generate", "true"),
            (
                headers[GatewayHeaders.RequestId].ToString(), headers[GatewayHeaders.Provider].ToString(),
                headers[GatewayHeaders.UpstreamModel].ToString(), headers[GatewayHeaders.Operation].ToString(),
                headers[GatewayHeaders.Stream].ToString()));
        Assert.Equal("upstream-model", JsonNode.Parse(body)!["model"]!.GetValue<string>());
    }

    [Fact]
    public async Task Rule_E117_a_provider_error_before_the_first_event_keeps_its_status_and_retry_after()
    {
        _translator.Script(
            429, "application/json", """{"error":{"message":"Rate limit reached","code":"rate_limit_exceeded"}}""", headers: ("retry-after", "7"));
        using var response = await _translator.SendAsync(Streamed);
        var error = await Error(response, 429, ErrorKind.ProviderRateLimited);
        Assert.Equal(("rate_limit_error", "Rate limit reached"), error);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter!.Delta);
    }

    [Fact]
    public async Task Rule_E117_an_error_as_the_first_event_of_a_200_stream_is_a_real_status()
    {
        _translator.ScriptStream("data: {\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\"}}\n\n");
        using var response = await _translator.SendAsync(Streamed);
        Assert.Equal(("overloaded_error", "busy"), await Error(response, 529, ErrorKind.ProviderOverloaded));
    }

    [Theory]
    [InlineData(Hello)]
    [InlineData(Hello + World + "data: {\"choices\":[{\"del")]
    public async Task Rule_E26_truncated_upstream_ends_with_error_and_without_message_stop(string upstream)
    {
        _translator.ScriptStream(upstream);
        using var response = await _translator.SendAsync(Streamed);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Null(StreamGrammar.Check(text));
        Assert.Contains("event: error\n", text);
        Assert.DoesNotContain("message_stop", text);
        Assert.Contains("\"request_id\":\"req_1\"", text);
    }

    [Fact]
    public async Task Nothing_at_all_is_a_real_error()
    {
        _translator.ScriptStream("");
        using var response = await _translator.SendAsync(Streamed);
        await Error(response, 502, ErrorKind.ProviderTruncated);
    }

    [Fact]
    public async Task The_adapters_reason_to_give_up_reaches_the_client()
    {
        var mark = new ArrayBufferWriter<byte>();
        SseAbort.Write(mark, ErrorKind.ProviderTimeout);
        _translator.ScriptStream(Hello + Encoding.UTF8.GetString(mark.WrittenSpan));
        using var response = await _translator.SendAsync(Streamed);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Null(StreamGrammar.Check(text));
        Assert.Contains("timeout_error", text);
    }

    [Fact]
    public async Task A_connection_that_breaks_in_the_middle_is_truncation()
    {
        var gate = new TaskCompletionSource();
        _translator.Script(async context =>
        {
            Stream(context);
            await WriteAsync(context, Hello);
            await gate.Task.WaitAsync(TranslatorFixture.Limit);
            context.Abort();
        });
        using var response = await _translator.SendAsync(Streamed);
        gate.SetResult();
        var text = await response.Content.ReadAsStringAsync();
        Assert.Null(StreamGrammar.Check(text));
        Assert.Contains("event: error\n", text);
    }

    [Fact]
    public async Task Rule_E29_a_finished_answer_does_not_wait_for_an_end_mark_that_never_comes()
    {
        _translator.Script(async context =>
        {
            Stream(context);
            await WriteAsync(context, Hello + Finish);
            await Task.Delay(TranslatorFixture.Limit, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var response = await _translator.SendAsync(Streamed);
        var message = StreamGrammar.Check(await response.Content.ReadAsStringAsync().WaitAsync(TranslatorFixture.Limit));
        Assert.Equal("end_turn", message!["stop_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_answer_is_read_to_the_end_of_input_after_its_end_mark()
    {
        var left = new TaskCompletionSource<bool>();
        _translator.Script(async context =>
        {
            Stream(context);
            await WriteAsync(context, Hello + Finish + Done);
            await Task.Delay(200);
            left.SetResult(context.RequestAborted.IsCancellationRequested);
        });
        using var response = await _translator.SendAsync(Streamed);
        Assert.NotNull(StreamGrammar.Check(await response.Content.ReadAsStringAsync()));
        Assert.False(await left.Task.WaitAsync(TranslatorFixture.Limit));
    }

    [Fact]
    public async Task A_client_that_leaves_cancels_the_call_within_a_second()
    {
        var cancelled = new TaskCompletionSource();
        _translator.Script(async context =>
        {
            Stream(context);
            context.RequestAborted.Register(cancelled.SetResult);
            await WriteAsync(context, Hello);
            await cancelled.Task.WaitAsync(TranslatorFixture.Limit);
        });
        using (var response = await _translator.SendAsync(Streamed))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            Assert.True(await body.ReadAsync(new byte[10]) > 0);
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task An_answer_that_no_one_signed_comes_from_a_sidecar()
    {
        _translator.Script(500, "application/json", """{"errorCode":"ERR_DIRECT_INVOKE","message":"failed to invoke"}""", origin: "");
        using var response = await _translator.SendAsync(Whole);
        await Error(response, 503, ErrorKind.ServiceUnavailable);
    }

    [Fact]
    public async Task The_adapters_own_error_is_passed_on()
    {
        var body = new ArrayBufferWriter<byte>();
        AnthropicError.Write(body, "timeout_error", "Too slow.", "req_1");
        _translator.Script(
            504, "application/json", Encoding.UTF8.GetString(body.WrittenSpan), GatewayHeaders.OriginGateway,
            (GatewayHeaders.ErrorKind, "ProviderTimeout"), (GatewayHeaders.Attempts, "3"));
        using var response = await _translator.SendAsync(Whole);
        Assert.Equal(("timeout_error", "Too slow."), await Error(response, 504, ErrorKind.ProviderTimeout));
        Assert.Equal("3", Header(response, GatewayHeaders.Attempts));
    }

    [Fact]
    public async Task Rule_E47_a_refused_field_is_left_out_once_and_from_then_on()
    {
        const string refusal = """{"error":{"message":"Unknown field: stream_options"}}""";
        _translator.Script(400, "application/json", refusal);
        _translator.ScriptStream(Hello + Finish + Done);
        using (var response = await _translator.SendAsync(Streamed))
        {
            Assert.NotNull(StreamGrammar.Check(await response.Content.ReadAsStringAsync()));
            Assert.Equal("2", Header(response, GatewayHeaders.Attempts));
        }

        _translator.ScriptStream(Hello + Finish + Done);
        using (var response = await _translator.SendAsync(Streamed))
        {
            Assert.NotNull(StreamGrammar.Check(await response.Content.ReadAsStringAsync()));
            Assert.Equal("1", Header(response, GatewayHeaders.Attempts));
        }

        Assert.Equal([true, false, false], _translator.Calls.Select(c => c.Body.Contains("stream_options")));
    }

    [Fact]
    public async Task Rule_E109_a_token_limit_is_obeyed_once_and_a_second_refusal_is_the_answer()
    {
        const string refusal = """{"error":{"message":"max_tokens is too large: 100. This model supports at most 60 completion tokens."}}""";
        _translator.Script(400, "application/json", refusal);
        _translator.Script(400, "application/json", """{"error":{"message":"Still wrong."}}""");
        using var response = await _translator.SendAsync(Whole);
        Assert.Equal(("invalid_request_error", "Still wrong."), await Error(response, 400, ErrorKind.InvalidRequest));
        Assert.Contains("\"max_tokens\":60", _translator.Calls[1].Body);
    }

    [Theory]
    [InlineData("ba98")]
    [InlineData("insufficient_quota")]
    public async Task Rule_E127_an_empty_account_at_the_provider_is_not_asked_again(string code)
    {
        _translator.Script(429, "application/json", $$$"""{"error":{"message":"m","code":"{{{code}}}"}}""", headers: ("retry-after", "3"));
        using var response = await _translator.SendAsync(Whole);
        if (code == "insufficient_quota")
        {
            Assert.Equal("false", Header(response, "x-should-retry"));
            Assert.Equal(ErrorKind.ProviderQuota.ToString(), Header(response, GatewayHeaders.ErrorKind));
        }
        else
        {
            Assert.Equal(TimeSpan.FromSeconds(3), response.Headers.RetryAfter!.Delta);
            Assert.Null(Header(response, "x-should-retry"));
        }
    }

    [Fact]
    public async Task Rule_E76_a_line_about_the_client_is_not_counted()
    {
        async Task<string> CountAsync(string system)
        {
            using var response = await _translator.SendAsync(
                $$"""{"model":"m","system":[{{system}}{"type":"text","text":"Be brief."}],"messages":[{"role":"user","content":"Hello there"}]}""",
                InternalRoutes.CountTokens);
            return await response.Content.ReadAsStringAsync();
        }

        Assert.Equal(await CountAsync(""), await CountAsync("""{"type":"text","text":"x-anthropic-billing-header: cc_version=2.1; cch=abcdef;"},"""));
    }

    [Fact]
    public async Task Dropped_fields_and_estimated_usage_are_told_in_headers()
    {
        _translator.Script(200, "application/json", """{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}]}""");
        using var response = await _translator.SendAsync("""{"model":"m","max_tokens":9,"top_k":3,"größe":1,"messages":[{"role":"user","content":"Hi"}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("gr??e, top_k", Header(response, GatewayHeaders.Dropped));
        Assert.Equal("true", Header(response, GatewayHeaders.UsageEstimated));
        Assert.Equal("Hello", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["content"]![0]!["text"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_provider_that_does_not_stream_is_replayed_as_a_stream_and_the_reverse()
    {
        _translator.Script(
            200, "application/json",
            """{"choices":[{"index":0,"message":{"content":"Hello world"},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":2}}""");
        using var streamed = await _translator.SendAsync(Streamed);
        var message = StreamGrammar.Check(await streamed.Content.ReadAsStringAsync())!;
        _translator.ScriptStream(Hello + World + Finish + Usage + Done);
        using var whole = await _translator.SendAsync(Whole);
        Assert.True(JsonNode.DeepEquals(message, JsonNode.Parse(await whole.Content.ReadAsStringAsync())));
    }

    [Fact]
    public async Task A_bad_request_is_refused_by_name_without_calling_anyone()
    {
        using var response = await _translator.SendAsync(
            """{"model":"m","max_tokens":9,"messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","data":"x"}}]}]}""");
        Assert.Equal(("invalid_request_error", "messages.0.content.0.source.media_type: Field required"), await Error(response, 400, ErrorKind.InvalidRequest));
        Assert.Empty(_translator.Calls);
    }

    [Fact]
    public async Task Tokens_are_counted_without_max_tokens_and_called_an_estimate()
    {
        using var response = await _translator.SendAsync(
            """{"model":"m","system":"Be brief.","messages":[{"role":"user","content":"Hello there"}]}""", InternalRoutes.CountTokens);
        Assert.Equal("estimate; within=15%", Header(response, GatewayHeaders.CountAccuracy));
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal("input_tokens", Assert.Single(body).Key);
        Assert.InRange(body["input_tokens"]!.GetValue<int>(), 5, 25);
    }

    [Fact]
    public async Task Explain_shows_the_request_that_would_be_sent()
    {
        using var response = await _translator.SendAsync(
            """{"model":"m","max_tokens":900,"top_k":3,"messages":[{"role":"user","content":"Hi"}]}""", InternalRoutes.Explain);
        var body = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("https://provider.example/v1/chat/completions", body["url"]!.GetValue<string>());
        Assert.Equal(500, body["body"]!["max_tokens"]!.GetValue<int>());
        Assert.Equal("top_k", body["dropped"]![0]!.GetValue<string>());
        Assert.Empty(_translator.Calls);
    }

    [Theory]
    [InlineData("nobody")]
    [InlineData("native")]
    public async Task A_provider_that_is_not_there_or_needs_no_translation_is_our_mistake(string provider)
    {
        using var response = await _translator.SendAsync(Whole, provider: provider);
        await Error(response, 503, ErrorKind.ServiceUnavailable);
    }

    private static void Stream(HttpContext context)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers[GatewayHeaders.Origin] = GatewayHeaders.OriginUpstream;
    }

    private static async Task WriteAsync(HttpContext context, string text)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text));
        await context.Response.Body.FlushAsync();
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static async Task<(string Type, string Message)> Error(HttpResponseMessage response, int status, ErrorKind kind)
    {
        var body = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, body);
        Assert.Equal(GatewayHeaders.OriginGateway, Header(response, GatewayHeaders.Origin));
        Assert.Equal(kind.ToString(), Header(response, GatewayHeaders.ErrorKind));
        var error = JsonNode.Parse(body)!;
        Assert.Equal("req_1", error["request_id"]!.GetValue<string>());
        return (error["error"]!["type"]!.GetValue<string>(), error["error"]!["message"]!.GetValue<string>());
    }
}
