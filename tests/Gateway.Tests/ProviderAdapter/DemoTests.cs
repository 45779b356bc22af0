using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;

namespace Gateway.Tests.ProviderAdapter;

public class DemoTests
{
    private const string Providers = """{ "demo": { "dialect": "demo" } }""";

    [Fact]
    public async Task The_demo_model_echoes_the_last_user_text()
    {
        var message = await AskAsync(
            """{"model":"echo","max_tokens":100,"messages":[{"role":"user","content":"first"},{"role":"assistant","content":"x"},"""
            + """{"role":"user","content":[{"type":"text","text":"hello \"you\" é"}]}]}""");

        Assert.Equal("You said: hello \"you\" é", message.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal("end_turn", message.GetProperty("stop_reason").GetString());
        Assert.Equal("echo", message.GetProperty("model").GetString());
        Assert.True(message.GetProperty("usage").GetProperty("input_tokens").GetInt32() > 0);
        Assert.True(message.GetProperty("usage").GetProperty("output_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task It_streams_word_by_word_in_the_providers_grammar()
    {
        await using var adapter = await TestAdapter.StartAsync(Providers);
        using var response = await adapter.CallAsync(
            """{"model":"echo","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"one two"}]}""", stream: true, provider: "demo");
        var (data, abort) = await TestAdapter.ReadEventsAsync(response);
        var events = data.Select(d => JsonDocument.Parse(d).RootElement).ToList();

        Assert.Null(abort);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            [
                "message_start", "content_block_start", "content_block_delta", "content_block_delta", "content_block_delta",
                "content_block_delta", "content_block_stop", "message_delta", "message_stop"],
            events.Select(e => e.GetProperty("type").GetString()));
        Assert.Equal("You said: one two", string.Concat(events.Skip(2).Take(4).Select(e => e.GetProperty("delta").GetProperty("text").GetString())));
        Assert.Equal(4, events[^2].GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_calls_the_tool_it_is_asked_for(bool stream)
    {
        var body =
            $$$"""{"model":"echo","stream":{{{(stream ? "true" : "false")}}},"tools":[{"name":"get_weather","input_schema":{"type":"object"}}]"""
            + $$$""","messages":[{"role":"user","content":"please use tool get_weather"}]}""";
        await using var adapter = await TestAdapter.StartAsync(Providers);
        using var response = await adapter.CallAsync(body, stream, "demo");
        var block = stream
            ? JsonDocument.Parse((await TestAdapter.ReadEventsAsync(response)).Data[1]).RootElement.GetProperty("content_block")
            : JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("content")[0];

        Assert.Equal("tool_use", block.GetProperty("type").GetString());
        Assert.Equal("get_weather", block.GetProperty("name").GetString());
        Assert.Equal("direct", block.GetProperty("caller").GetProperty("type").GetString());
    }

    [Fact]
    public async Task It_repeats_what_a_tool_answered_and_does_not_call_it_again()
    {
        var message = await AskAsync(
            """{"model":"echo","tools":[{"name":"t","input_schema":{}}],"messages":[{"role":"user","content":"use tool t"},{"role":"assistant","content":"""
            + """[]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"1","content":[{"type":"text","text":"use tool t: 21 degrees"}]}]}]}""");

        Assert.Equal("The tool said: use tool t: 21 degrees", message.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task It_stops_at_max_tokens()
    {
        var message = await AskAsync("""{"model":"echo","max_tokens":2,"messages":[{"role":"user","content":"a b c"}]}""");

        Assert.Equal("max_tokens", message.GetProperty("stop_reason").GetString());
        Assert.Equal(2, message.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task It_counts_tokens()
    {
        var count = await AskAsync("""{"model":"echo","messages":[{"role":"user","content":"hi"}]}""", Operations.CountTokens);

        Assert.True(count.GetProperty("input_tokens").GetInt32() > 0);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"messages":[{"role":"user","content":"\ud83d"}]}""")]
    public async Task It_refuses_what_is_no_request(string body)
    {
        await using var adapter = await TestAdapter.StartAsync(Providers);

        using var response = await adapter.CallAsync(body, provider: "demo");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("invalid_request_error", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> AskAsync(string body, string operation = Operations.Generate)
    {
        await using var adapter = await TestAdapter.StartAsync(Providers);
        using var response = await adapter.CallAsync(body, provider: "demo", operation: operation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
    }
}
