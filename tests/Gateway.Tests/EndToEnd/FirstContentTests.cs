using System.Net;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>An answer has begun when its first content is there: what comes before it decides nothing, whatever the wire format.</summary>
public sealed class FirstContentTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public static TheoryData<string, string> Failures
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var format in new[] { "anthropic", "openai-chat", "openai-responses", "gemini" })
            {
                foreach (var failure in new[] { "error", "cut", "end", "silence" })
                    data.Add(format, failure);
            }

            return data;
        }
    }

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(catalog: Catalog);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task What_fails_before_the_first_content_goes_to_the_next_route(string format, string failure)
    {
        var opening = Opening(format).Wait(TimeSpan.FromMilliseconds(200));
        _gateway.Upstream.Script(failure switch
        {
            "error" => Error(opening, format),
            "cut" => opening.Cut(),
            "end" => opening,
            _ => opening.Stall(),
        });
        using var response = await _gateway.SendAsync(TestGateway.Messages(format, true, "Say it"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(format + "-2", response.Headers.GetValues("gateway-provider").Single());
        using var events = await ClientStream.OpenAsync(response);
        var all = await events.RestAsync();
        Assert.Equal("message_stop", all[^1].Name);
        Assert.Single(all, e => e.Name == "message_start");
    }

    [Theory]
    [InlineData("anthropic")]
    [InlineData("openai-chat")]
    [InlineData("openai-responses")]
    [InlineData("gemini")]
    public async Task With_no_other_route_it_is_a_status(string format)
    {
        _gateway.Upstream.Script(Error(Opening(format).Wait(TimeSpan.FromMilliseconds(200)), format));
        using var response = await _gateway.SendAsync(TestGateway.Messages(format + "-only", true));
        Assert.InRange((int)response.StatusCode, 500, 529);
    }

    [Fact]
    public async Task What_was_held_back_comes_with_the_first_content_and_pings_do_not_wait()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_PING_SECONDS"] = "0.2" });
        var gate = new Gate();
        _ = gateway.Upstream.Script(
            Answer.Sse().Event("message_start", Streams.MessageStart).At(gate)
                .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
                .Words(true, "Hello").Closing(true));
        using var response = await gateway.SendAsync(TestGateway.Messages("native/model-4.5", true));
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
        gate.Release();
        var rest = (await events.RestAsync()).Where(e => e.Name != "ping").Select(e => e.Name);
        Assert.Equal(["message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"], rest);
    }

    [Fact]
    public async Task A_tool_call_and_a_thought_are_content()
    {
        foreach (var block in (string[])["""{"type":"tool_use","id":"toolu_1","name":"f","input":{}}""", """{"type":"redacted_thinking","data":"x"}"""])
        {
            var gate = new Gate();
            _gateway.Upstream.Script(
                Answer.Sse().Event("message_start", Streams.MessageStart)
                    .Event("content_block_start", $$"""{"type":"content_block_start","index":0,"content_block":{{block}}}""").At(gate).Closing(true));
            using var response = await _gateway.SendAsync(TestGateway.Messages("anthropic", true));
            using var events = await ClientStream.OpenAsync(response);
            Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
            Assert.Equal("content_block_start", (await events.NextAsync())!.Value.Name);
            gate.Release();
            Assert.Equal("message_stop", (await events.RestAsync())[^1].Name);
        }
    }

    [Theory]
    [InlineData("openai-chat", "data: [DONE]\n\n")]
    [InlineData("openai-chat", "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[]}\n\ndata: [DONE]\n\n")]
    [InlineData("openai-responses", "data: [DONE]\n\n")]
    [InlineData("gemini", "data: [DONE]\n\n")]
    [InlineData("gemini", "data: {\"usageMetadata\":{\"promptTokenCount\":1}}\n\n")]
    [InlineData("anthropic", "event: ping\ndata: {\"type\":\"ping\"}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")]
    public async Task A_stream_without_an_answer_is_not_one(string format, string stream)
    {
        _gateway.Upstream.Script(Answer.Sse().Raw(stream), Answer.Sse().Raw(stream));
        using (var next = await _gateway.SendAsync(TestGateway.Messages(format, true, "Say it")))
            Assert.Equal(format + "-2", next.Headers.GetValues("gateway-provider").Single());
        using var response = await _gateway.SendAsync(TestGateway.Messages(format + "-only", true));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("openai-chat", """{"id":"c","object":"chat.completion","choices":[]}""")]
    [InlineData("openai-chat", """{"id":"c","object":"chat.completion"}""")]
    [InlineData("gemini", """{"usageMetadata":{"promptTokenCount":1}}""")]
    [InlineData("anthropic", "{}")]
    public async Task Nor_is_a_body_without_one(string format, string body)
    {
        _gateway.Upstream.Script(Answer.Json(body), Answer.Json(body));
        using (var next = await _gateway.SendAsync(TestGateway.Messages(format, false, "Say it")))
            Assert.Equal(format + "-2", next.Headers.GetValues("gateway-provider").Single());
        using var response = await _gateway.SendAsync(TestGateway.Messages(format + "-only", true));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    private static Answer Opening(string format) => format switch
    {
        "anthropic" => Answer.Sse().Event("message_start", Streams.MessageStart)
            .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            .Event("ping", """{"type": "ping"}""")
            .Event("content_block_delta", Streams.TextDelta("")),
        "openai-chat" => Answer.Sse().Data(Streams.Chunk("""{"role":"assistant","content":""}""")),
        "openai-responses" => Answer.Sse()
            .Event("response.created", """{"type":"response.created","response":{"id":"r","status":"in_progress","output":[]}}""")
            .Event(
                "response.output_item.added",
                """{"type":"response.output_item.added","output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]}}"""),
        _ => Answer.Sse().Data("""{"candidates":[{"content":{"role":"model","parts":[{"text":""}]},"index":0}]}"""),
    };

    private static Answer Error(Answer answer, string format) => format switch
    {
        "anthropic" => answer.ErrorEvent(),
        "openai-chat" => answer.Error(native: false),
        "openai-responses" => answer.Event("error", """{"type":"error","code":"server_error","message":"Overloaded"}"""),
        _ => answer.Data("""{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"""),
    };

    private static string Catalog(string first, string second)
    {
        string[] formats = ["anthropic", "openai-chat", "openai-responses", "gemini"];
        var providers = formats.SelectMany(f => new[] { Provider(f, f, first), Provider(f + "-2", f, second) });
        var models = formats.SelectMany(f => new[]
        {
            $$"""{ "id": "{{f}}", "routes": [{ "provider": "{{f}}", "model": "m" }, { "provider": "{{f}}-2", "model": "m" }] }""",
            $$"""{ "id": "{{f}}-only", "routes": [{ "provider": "{{f}}", "model": "m" }] }""",
        });
        return $$"""{ "default": false, "providers": { {{string.Join(", ", providers)}} }, "models": [ {{string.Join(", ", models)}} ] }""";

        static string Provider(string name, string format, string url)
        {
            var path = format switch { "anthropic" => "", "gemini" => "/v1beta", _ => "/v1" };
            return $$"""
                "{{name}}": { "dialect": "{{format}}", "baseUrl": "{{url}}{{path}}",
                              "timeouts": { "firstByteMs": 5000, "idleMs": 700 } }
                """;
        }
    }
}
