using System.Net;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Native answers that are nearly what the API promises, as the fuzzer makes them: each is an answer or the provider's fault, never ours.</summary>
public sealed class OddAnswerTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Start = "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}";

    private readonly TestGateway _gateway = shared.Gateway;

    public static TheoryData<string[]> BrokenStreams =>
    [
        [Start],
        ["{\"type\":\"message_start\"}"],
        ["{\"type\":\"message_start\",\"message\":{}}", "{\"type\":\"content_block_start\"}"],
        [Streams.MessageStart, "{\"type\":\"content_block_delta\",\"delta\":{}}"],
        [Streams.MessageStart, Start, "{\"type\":\"content_block_delta\",\"index\":7,\"delta\":{\"type\":\"text_delta\",\"text\":\"x\"}}"],
        [Streams.MessageStart, Start, "{\"type\":\"content_block_delta\",\"index\":0}"],
        [Streams.MessageStart, Start, "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\",\"citation\":null}}"],
        [Streams.MessageStart, "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":null}"],
        [Streams.MessageStart, "{\"type\":\"message_delta\"}"],
        ["{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":1}}"],
    ];

    [Theory]
    [MemberData(nameof(BrokenStreams))]
    public async Task A_stream_that_adds_up_to_no_message_is_the_providers_fault(string[] events)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var text = string.Concat(events.Append("{\"type\":\"message_stop\"}").Select(e => $"data: {e}\n\n"));
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Whole("text/event-stream", Encoding.UTF8.GetBytes(text)));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, id, key));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("{\"type\":\"text\",\"text\":\"a\",\"citations\":[null]}")]
    public async Task A_whole_answer_with_a_hole_in_it_makes_no_stream_and_is_the_providers_fault(string block)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var message = Streams.WholeMessage.Replace("{\"type\":\"text\",\"text\":\"Hello\"}", block);
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Json(message));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", true, id, key));
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }

    [Theory]
    [InlineData("application/json", "application/json")]
    [InlineData("application/json; charset=utf-8", "application/json; charset=utf-8")]
    [InlineData("application/json; charset=utf-16", "application/json")]
    [InlineData("text/event-stream", "application/json")]
    [InlineData("text/plain", "application/json")]
    public async Task A_message_is_called_json_and_a_name_that_is_half_a_character_is_passed_over(string said, string shown)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var message = Streams.WholeMessage.Replace("\"usage\":{", "\"\\ud800\":1,\"usage\":{\"\\udc00\":2,");
        _gateway.Upstream.Script(r => r.Text.Contains(id), Answer.Whole(said, Encoding.UTF8.GetBytes(message)));
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, id, key));
        Assert.Equal((HttpStatusCode.OK, shown), (response.StatusCode, response.Content.Headers.ContentType!.ToString()));
        Assert.Equal(20, (await _gateway.UsageAsync(id, 1)).GetProperty("output_tokens").GetInt64());
    }
}
