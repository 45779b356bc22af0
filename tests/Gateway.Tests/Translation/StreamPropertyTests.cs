using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gateway.Contracts.Errors;

namespace Gateway.Tests.Translation;

/// <summary>Whatever chunks come, the output satisfies the strictest client or ends in <c>event: error</c>.</summary>
public class StreamPropertyTests
{
    private static readonly string[] Ids = ["null", "\"\"", "\"call_a\"", "\"call_b\"", "\"functions.x:0\"", "\"é\\ud83d\""];
    private static readonly string[] Names = ["null", "\"\"", "\"get_weather\"", "\"get_\"", "\"default_api:get_time\"", "7"];
    private static readonly string[] Arguments =
        [
            "null", "\"\"", "\"{\"", "\"}\"", "\"{}\"", "\"{\\\"a\\\":\"", "\"\\\"x\\\"}\"", "\"null\"", "\"[1]\"", "{\"a\":1}", "12",
            "\"\\\"{\\\\\\\"a\\\\\\\":1}\\\"\""];
    private static readonly string[] Texts =
    [
        "null", "\"\"", "\"Hi\"", "\" \"", "\"x\\ud83d\"", "\"\\ude00y\"", "\"<think>\"", "\"</think>\"",
        "[{\"type\":\"text\",\"text\":\"part\"}]", "5", "{}",
    ];
    private static readonly string[] Reasons =
    [
        "null", "null", "null", "\"stop\"", "\"length\"", "\"tool_calls\"", "\"content_filter\"", "\"error\"", "\"odd\"", "3",
    ];

    private static readonly Gen<string> Call =
        from index in Gen.Elements("", "\"index\":0,", "\"index\":1,", "\"index\":2,", "\"index\":null,")
        from id in Gen.Elements(Ids)
        from name in Gen.Elements(Names)
        from arguments in Gen.Elements(Arguments)
        select $"{{{index}\"id\":{id},\"function\":{{\"name\":{name},\"arguments\":{arguments}}}}}";

    private static readonly Gen<string> Delta = Gen.OneOf(
        Gen.Elements(Texts).Select(t => $"{{\"content\":{t}}}"),
        Gen.Elements(Texts).Select(t => $"{{\"reasoning_content\":{t}}}"),
        Gen.Elements(Texts).Select(t => $"{{\"refusal\":{t}}}"),
        Gen.Elements(
            "[]", "[{\"type\":\"reasoning.text\",\"text\":\"t\"}]", "[{\"type\":\"reasoning.encrypted\",\"data\":\"d\"}]",
            "[4]").Select(d => $"{{\"reasoning_details\":{d}}}"),
        Call.Select(c => $"{{\"tool_calls\":[{c}]}}"),
        Call.Two().Select(c => $"{{\"content\":\"both\",\"tool_calls\":[{c.Item1},{c.Item2}]}}"),
        Gen.Elements("{}", "null", "{\"role\":\"assistant\"}", "{\"tool_calls\":null}", "{\"function_call\":{\"name\":\"get_time\",\"arguments\":\"{}\"}}"));

    private static readonly Gen<string> Event = Gen.Frequency(
        (12, from delta in Delta
             from reason in Gen.Elements(Reasons)
             from usage in Gen.Elements("null", "null", "{\"prompt_tokens\":5,\"completion_tokens\":2}", "{\"prompt_tokens\":0}", "{}")
             select $"data: {{\"choices\":[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{reason}}}],\"usage\":{usage}}}"),
        (1, Gen.Elements(
            "data: [DONE]", ": comment", "data:", "event: error\ndata: {}", "data: {\"error\":{\"message\":\"m\"}}", "data: {\"choices\":[]}",
            "data: {\"choices\":[{\"index\":3,\"delta\":{\"content\":\"other\"}}]}", "data: {\"choices\":{}}", "data: {", "data: 1")));

    [Fact]
    public void Rules_E1_E2_E6_E13_E20_E21_E39_E88_any_stream_becomes_a_grammatical_one_or_ends_in_an_error()
    {
        var quirks = Gen.Elements("[]", "[\"think-tags\"]", "[\"replays-reasoning-content\"]", "[\"reasoning-details\"]", "[\"end-of-input-ends-answer\"]");
        var thinking = Gen.Elements("{\"type\":\"disabled\"}", "{\"type\":\"adaptive\"}", "{\"type\":\"adaptive\",\"display\":\"omitted\"}");
        var inputs = from events in Event.ArrayOf()
                     from quirk in quirks
                     from mode in thinking
                     from size in Gen.Choose(1, 200)
                     select (events, quirk, mode, size);
        Prop.ForAll(inputs.ToArbitrary(), input =>
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(input.events.Select(e => e + "\n\n")));
            using var scope = new CallScope(input.quirk, input.mode);
            var (events, failure, _) = Translating.Stream(scope.Call, [.. bytes.Chunk(input.size)]);
            var message = StreamGrammar.Check(events);
            Assert.Equal(failure is null, message is not null);
            Assert.NotEqual(ErrorKind.Internal, failure?.Kind);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithEndSize(30));
    }
}
