using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>A conversation that changes its provider: the thinking of one must not stop the other (rules E83-E85).</summary>
public sealed class NativeThinkingTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Refusal =
        """{"type":"error","error":{"type":"invalid_request_error","message":"messages.1.content.0: Invalid `signature` in `thinking` block"}}""";

    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task Rule_E83_thinking_of_a_translated_answer_never_reaches_Anthropic()
    {
        var marker = Marker();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(
            """{"id":"c1","object":"chat.completion","created":1,"model":"gpt-test","choices":[{"index":0"""
            + ""","message":{"role":"assistant","reasoning_content":"Hm.","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1"""
            + ""","completion_tokens":2,"total_tokens":3}}"""));
        using var first = await _gateway.SendAsync(Request("translated/model", $$"""[{"role":"user","content":"{{marker}}"}]"""));
        var content = JsonDocument.Parse(await first.Content.ReadAsStringAsync()).RootElement.GetProperty("content");
        Assert.Equal("thinking", content[0].GetProperty("type").GetString());

        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Streams.WholeMessage));
        using var second = await _gateway.SendAsync(Request("native/model-4.5",
            $$"""[{"role":"user","content":"{{marker}}"},{"role":"assistant","content":{{content.GetRawText()}}},{"role":"user","content":"And now?"}]"""));
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("content.thinking", second.Headers.GetValues("gateway-dropped").Single());
        var sent = _gateway.Upstream.Requests.Last(r => r.Text.Contains(marker));
        Assert.EndsWith(
            $$"""[{"role":"user","content":"{{marker}}"},{"role":"assistant","content":[{{content[1].GetRawText()}}]},{"role":"user","content":"And now?"}]}""",
            sent.Text);
        Assert.Contains("claude-test-4-5-20250929", sent.Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_E83_a_signature_that_Anthropic_refuses_is_tried_once_more_without_thinking(bool stream)
    {
        var marker = Marker();
        var answer = stream ? Streams.Closing(Streams.Opening(native: true), native: true) : Answer.Json(Streams.WholeMessage);
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Answer.Json(Refusal, 400), answer);
        using var response = await _gateway.SendAsync(Request("native/model-4.5", Foreign(marker), stream));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("Hello", await response.Content.ReadAsStringAsync());
        var calls = _gateway.Upstream.Requests.Where(r => r.Text.Contains(marker)).ToList();
        Assert.Equal([true, false], calls.Select(c => c.Text.Contains("\"signature\"")));
        Assert.Equal("content.thinking", response.Headers.GetValues("gateway-dropped").Single());
    }

    [Fact]
    public async Task The_second_refusal_is_the_answer_and_there_is_no_third_call()
    {
        var marker = Marker();
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Answer.Json(Refusal, 400));
        using var response = await _gateway.SendAsync(Request("native/model-4.5", Foreign(marker)));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(Refusal, await response.Content.ReadAsStringAsync());
        Assert.Equal(2, _gateway.Upstream.Requests.Count(r => r.Text.Contains(marker)));
    }

    [Fact]
    public async Task A_400_about_something_else_is_not_tried_again()
    {
        var marker = Marker();
        _gateway.Upstream.Always(
            r => r.Text.Contains(marker),
            _ => Answer.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 5 tokens > 4 maximum"}}""", 400));
        using var response = await _gateway.SendAsync(Request("native/model-4.5", Foreign(marker)));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Single(_gateway.Upstream.Requests, r => r.Text.Contains(marker));
    }

    private static string Marker() => "thinking-" + Guid.NewGuid().ToString("N");

    private static string Foreign(string marker) =>
        $$"""[{"role":"user","content":"{{marker}}"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"EqForeign"},"""
        + $$"""{"type":"text","text":"ok"}]},{"role":"user","content":"Go on"}]""";

    private static HttpRequestMessage Request(string model, string messages, bool stream = false) => TestGateway.Post("/v1/messages",
        $$"""{"model":"{{model}}","max_tokens":4000,"stream":{{(stream ? "true" : "false")}},"thinking":{"type":"enabled","budget_tokens":2048}"""
        + $$""","messages":{{messages}}}""");
}
