using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Safeguards;

/// <summary>Answers with tool calls, and those of judges.</summary>
internal static class Calls
{
    public const string Command = """{"command":"rm -rf build"}""";

    /// <summary>What a provider answers that speaks Chat Completions, or Anthropic's API.</summary>
    /// <param name="native">Which of the two.</param>
    /// <param name="stop">Anthropic's word for why it stops.</param>
    /// <param name="more">Further members of a native answer, as <c>,"name":…</c>.</param>
    public static Answer By(bool native, bool stream, string[] inputs, string? stop = null, string more = "")
    {
        stop ??= inputs.Length > 0 ? "tool_use" : "end_turn";
        return (native, stream) switch
        {
            (true, true) => NativeStream(inputs, stop, more),
            (true, false) => Answer.Json(Native(inputs, stop, more)),
            (false, true) => ChatStream(inputs, stop),
            (false, false) => Answer.Json(Chat(inputs, stop)),
        };
    }

    public static string Native(string[] inputs, string stop, string more = "")
    {
        var blocks = inputs.Select(Block);
        return $$$"""{"id":"msg_up","type":"message","role":"assistant","model":"claude-like","content":[{{{string.Join(',', blocks.Prepend(Text))}}}]"""
            + $$$""","stop_reason":"{{{stop}}}","stop_sequence":null,"usage":{"input_tokens":100,"output_tokens":20}{{{more}}}}""";
    }

    /// <summary>A judge's answer; null for a flag is not flagged.</summary>
    public static Answer Verdicts(params ReadOnlySpan<(string Id, string? Flag)> verdicts)
    {
        var list = new JsonArray();
        foreach (var (id, flag) in verdicts)
            list.Add(new JsonObject { ["id"] = id, ["flagged"] = flag is not null, ["explanation"] = flag ?? "" });
        return Report(new JsonObject { ["verdicts"] = list }.ToJsonString());
    }

    public static Answer Report(string input) => Answer.Json(
        $$$"""{"id":"msg_j","type":"message","role":"assistant","model":"small","content":[{"type":"tool_use","id":"toolu_j","name":"""
        + $$$""" "report_verdicts","input":{{{input}}}}],"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":500,"output_tokens":30}}""");

    public static Answer Says(string text, string stop = "end_turn") => Answer.Json(
        $$$"""{"id":"msg_j","type":"message","role":"assistant","model":"small","content":[{"type":"text","text":{{{JsonSerializer.Serialize(text)}}}}]"""
        + $$$""","stop_reason":"{{{stop}}}","stop_sequence":null,"usage":{"input_tokens":500,"output_tokens":30}}""");

    private const string Text = """{"type":"text","text":"I will do that."}""";

    private static string Block(string input, int i) =>
        $$$"""{"type":"tool_use","id":"toolu_{{{i}}}","name":"Bash","input":{{{input}}},"caller":{"type":"direct"}}""";

    private static Answer NativeStream(string[] inputs, string stop, string more)
    {
        var answer = Answer.Sse().Event("message_start", Streams.MessageStart)
            .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            .Event("content_block_delta", Streams.TextDelta("I will do that."))
            .Event("content_block_stop", """{"type":"content_block_stop","index":0}""");
        for (var i = 0; i < inputs.Length; i++)
        {
            answer.Event(
                "content_block_start",
                $$$"""{"type":"content_block_start","index":{{{i + 1}}},"content_block":{{{Block("{}", i)}}}}""");
            foreach (var part in Halves(inputs[i]))
                answer.Event(
                    "content_block_delta",
                    $$$"""{"type":"content_block_delta","index":{{{i + 1}}},"delta":{"type":"input_json_delta","partial_json":"""
                    + $$$"""{{{JsonSerializer.Serialize(part)}}}}}""");
            answer.Event("content_block_stop", $$$"""{"type":"content_block_stop","index":{{{i + 1}}}}""");
        }

        return answer
            .Event(
                "message_delta",
                $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{stop}}}","stop_sequence":null{{{more}}}},"usage":{"output_tokens":20}}""")
            .Event("message_stop", """{"type":"message_stop"}""");
    }

    private static Answer ChatStream(string[] inputs, string stop)
    {
        var answer = Answer.Sse().Data(Streams.Chunk("""{"role":"assistant","content":"I will do that."}"""));
        for (var i = 0; i < inputs.Length; i++)
        {
            var halves = Halves(inputs[i]);
            answer.Data(Streams.Chunk(Delta(i, $$"""
                "id":"call_{{i}}","type":"function","function":{"name":"Bash","arguments":{{JsonSerializer.Serialize(halves[0])}}}
                """)));
            answer.Data(Streams.Chunk(Delta(i, $$"""
                "function":{"arguments":{{JsonSerializer.Serialize(halves[1])}}}
                """)));
        }

        return answer.Data(Streams.Chunk("{}", $"\"{FinishOf(stop)}\""))
            .Data(
                """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[],"usage":{"prompt_tokens":100"""
                + ""","completion_tokens":20,"total_tokens":120}}""")
            .Data("[DONE]");
    }

    private static string Delta(int index, string call) => $$"""{"tool_calls":[{"index":{{index}},{{call.Trim()}}}]}""";

    private static string Chat(string[] inputs, string stop)
    {
        var calls = inputs.Select((input, i) =>
            $$$"""{"id":"call_{{{i}}}","type":"function","function":{"name":"Bash","arguments":{{{JsonSerializer.Serialize(input)}}}}}""");
        return $$$"""{"id":"c1","object":"chat.completion","created":1,"model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant","content":"""
            + $$$""" "I will do that."{{{(inputs.Length > 0 ? $",\"tool_calls\":[{string.Join(',', calls)}]" : "")}}}}"""
            + $$$""","finish_reason":"{{{FinishOf(stop)}}}"}]"""
            + ""","usage":{"prompt_tokens":100,"completion_tokens":20,"total_tokens":120}}""";
    }

    private static string FinishOf(string stop) => stop switch { "tool_use" => "tool_calls", "max_tokens" => "length", _ => "stop" };

    private static string[] Halves(string text) => [text[..(text.Length / 2)], text[(text.Length / 2)..]];
}
