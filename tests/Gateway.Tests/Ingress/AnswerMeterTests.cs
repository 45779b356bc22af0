using System.Text;
using Gateway.Contracts.Sse;
using Gateway.Ingress.Metering;

namespace Gateway.Tests.Ingress;

public class AnswerMeterTests
{
    private const string Start =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude-up\",\"content\":[],"
        + "\"usage\":{\"input_tokens\":100,\"cache_creation_input_tokens\":7,\"cache_read_input_tokens\":30,"
        + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":2,\"ephemeral_1h_input_tokens\":5},\"output_tokens\":1,\"service_tier\":\"standard\"}}}\n\n";

    private const string Delta =
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
        + "\"delta\":{\"type\":\"text_delta\",\"text\":\"0123456789012345678901234567890123456789\"}}\n\n";

    private const string End =
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},"
        + "\"usage\":{\"input_tokens\":0,\"output_tokens\":42,\"output_tokens_details\":{\"thinking_tokens\":9},\"server_tool_use\":{\"web_search_requests\":"
        + "2}}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    [Fact]
    public async Task A_whole_stream_is_read_from_its_first_and_last_words()
    {
        var (meter, events) = await Read(Start + Delta + End);
        Assert.Equal(AnswerEvent.Stop, events[^1]);
        var usage = meter.Settle(new RequestSize(10), accepted: true);
        Assert.Equal(
            (100, 7, 30, 42, 9), (usage.InputTokens, usage.CacheCreationInputTokens, usage.CacheReadInputTokens, usage.OutputTokens, usage.ThinkingTokens));
        Assert.Equal((2, 5, 2, "standard"), (usage.CacheWrite5mTokens, usage.CacheWrite1hTokens, usage.WebSearchRequests, usage.ServiceTier));
        Assert.Equal(("msg_1", "claude-up", "end_turn"), (meter.MessageId, meter.Model, meter.StopReason));
        Assert.False(usage.Estimated);
    }

    [Fact]
    public async Task What_is_kept_of_an_answer_is_cut_and_the_cut_shows()
    {
        var (ids, error) = (new string('i', 5_000_000), new string('e', 100_000));
        var (meter, _) = await Read(
            Start.Replace("msg_1", ids).Replace("claude-up", ids).Replace("standard", error)
            + End.Replace("end_turn", error).Replace("\"output_tokens\":42", "\"output_tokens\":42,\"iterations\":["
                + string.Join(',', Enumerable.Repeat($$"""{"type":"{{error}}","model":"m","output_tokens":1}""", 65)) + "]")
            + "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"" + error + "\",\"message\":\"" + ids + "\"}}\n\n");
        var usage = meter.Settle(new RequestSize(10), accepted: true);
        foreach (var text in new[] { meter.MessageId, meter.Model, meter.StopReason, meter.ErrorType, usage.ServiceTier, usage.Iterations![0].Type })
            Assert.Matches(@"^(i+|e+)\.\.\.[0-9a-f]{16}$", text is { Length: 256 } ? text : $"{text?.Length} characters");
        Assert.Equal((4096, 64, true), (meter.ErrorMessage!.Length, usage.Iterations!.Count, usage.Estimated));
    }

    [Fact]
    public async Task Rule_F7_a_stream_that_broke_off_is_billed_by_what_passed_and_flagged()
    {
        var (meter, _) = await Read(Start + Delta + Delta + Delta);
        var usage = meter.Settle(new RequestSize(10), accepted: true);
        Assert.Equal((100, 30L, true), (usage.InputTokens, usage.OutputTokens, usage.Estimated));
    }

    [Fact]
    public async Task Rule_F11_passes_beside_the_message_are_read_and_leave_its_own_numbers_alone()
    {
        const string iterations =
            "\"iterations\":[{\"input_tokens\":180000,\"output_tokens\":3500,\"cache_creation\":{\"ephemeral_1h_input_tokens\":9},"
            + "\"type\":\"compaction\",\"new\":[1]},{\"type\":\"message\",\"input_tokens\":100,\"output_tokens\":42},7]";
        var (meter, _) = await Read(Start + Delta + End.Replace("\"usage\":{", "\"usage\":{" + iterations + ","));
        var usage = meter.Settle(new RequestSize(10), accepted: true);
        Assert.Equal((100, 42), (usage.InputTokens, usage.OutputTokens));
        var pass = Assert.Single(usage.Iterations!);
        Assert.Equal("compaction", pass.Type);
        Assert.Equal((180_000, 3_500, 9), (pass.Usage.InputTokens, pass.Usage.OutputTokens, pass.Usage.CacheWrite1hTokens));
    }

    [Fact]
    public async Task Events_without_a_name_are_known_by_their_type()
    {
        var (meter, events) = await Read((Start + Delta + End).Replace("event: message_start\n", "").Replace("event: message_stop\n", ""));
        Assert.Equal([AnswerEvent.Start, AnswerEvent.Delta, AnswerEvent.Usage, AnswerEvent.Stop], events);
        Assert.Equal(100, meter.Usage.InputTokens);
    }

    [Theory]
    [InlineData("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", "overloaded_error")]
    [InlineData("event: error\ndata: nonsense\n\n", "api_error")]
    public async Task An_error_event_keeps_its_type(string stream, string type)
    {
        var (meter, events) = await Read(Start + stream);
        Assert.Equal(AnswerEvent.Error, events[^1]);
        Assert.Equal(type, meter.ErrorType);
    }

    [Fact]
    public void A_whole_message_is_read_and_half_of_one_is_not()
    {
        var json = Encoding.UTF8.GetBytes(
            """{"id":"msg_2","type":"message","model":"up","content":[{"type":"text","text":"\"model\":"}],"stop_reason":"max_tokens","usage":"""
            + """{"input_tokens":3,"output_tokens":4}}""");
        var meter = new AnswerMeter();
        Assert.True(meter.ReadMessage(json, out var model));
        Assert.Equal("\"up\"", Encoding.UTF8.GetString(json.AsSpan(model.Start, model.Length)));
        Assert.Equal((3, 4, "max_tokens"), (meter.Usage.InputTokens, meter.Usage.OutputTokens, meter.StopReason));
        for (var cut = 0; cut < json.Length; cut++)
            Assert.False(new AnswerMeter().ReadMessage(json.AsSpan(0, cut), out _), $"cut at {cut}");
    }

    private static async Task<(AnswerMeter Meter, List<AnswerEvent> Events)> Read(string stream)
    {
        using var reader = new SseReader(new MemoryStream(Encoding.UTF8.GetBytes(stream)));
        var meter = new AnswerMeter();
        var events = new List<AnswerEvent>();
        do
        {
            while (reader.TryRead(out var e))
                events.Add(meter.Read(e));
        }
        while (await reader.FillAsync(default));
        return (meter, events);
    }
}
