using System.Text;
using Gateway.Contracts.Sse;
using Gateway.Ingress.Safeguards;

namespace Gateway.Tests.Safeguards;

/// <summary>Where verdicts go in the event that ends an answer.</summary>
public class AnswerEndTests
{
    [Theory]
    [InlineData("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\" },\"usage\":{\"output_tokens\":1}}\n\n")]
    [InlineData("data: {\"usage\":{\"x\":{}},\"delta\":{\"stop_reason\":\"tool_use\"},\"type\":\"message_delta\"}\n\n")]
    [InlineData(": gateway-dropped: x\nevent: message_delta\ndata: {\"type\":\"message_delta\",\ndata: \"delta\":{\"stop_reason\":\"tool_use\"\ndata: }}\n\n")]
    [InlineData("event: message_delta\r\ndata: {\"type\":\"message_delta\",\"delta\":{\"a\":{\"stop_reason\":1},\"stop_reason\":\"tool_use\"}}\r\n\r\n")]
    public void They_are_the_last_member_of_its_delta(string raw)
    {
        using var reader = new SseReader(Stream.Null, first: Encoding.UTF8.GetBytes(raw));
        Assert.True(reader.TryRead(out var e));
        var end = AnswerEnd.Of(e);
        Assert.Equal("tool_use", end.StopReason);
        var (before, after) = end.Around(e);
        using var written = new SseReader(Stream.Null, first: [.. before, .. AnswerEnd.Member("[]"u8, first: false), .. after]);
        Assert.True(written.TryRead(out var changed));
        var again = AnswerEnd.Of(changed);
        Assert.True(again.HasResults);
        Assert.Equal("tool_use", again.StopReason);
        Assert.Equal(0, written.Pending);
    }

    [Theory]
    [InlineData("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":null}}\n\n")]
    [InlineData("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":7}\n\n")]
    [InlineData("event: message_delta\ndata: {\"type\":\"message_delta\"\n\n")]
    [InlineData("event: message_delta\ndata: [\"stop_reason\"]\n\n")]
    [InlineData("event: content_block_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n")]
    [InlineData("data: {\"type\":\"content_block_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}\n\n")]
    public void Nothing_else_ends_an_answer(string raw)
    {
        using var reader = new SseReader(Stream.Null, first: Encoding.UTF8.GetBytes(raw));
        Assert.True(reader.TryRead(out var e));
        Assert.Null(AnswerEnd.Of(e).StopReason);
    }
}
