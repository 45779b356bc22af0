using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Fakes;

namespace Gateway.Tests.Durability;

/// <summary>Answers of a provider to numbered requests. Each uses as many tokens as no other, so that its usage event can be told from all others.</summary>
internal static partial class Numbered
{
    public const int FirstTokens = 20;

    public static string Prompt(int number) => string.Create(CultureInfo.InvariantCulture, $"call {number} end");

    public static int NumberOf(RecordedRequest request) => int.Parse(InPrompt().Match(request.Text).Groups[1].Value, CultureInfo.InvariantCulture);

    public static int OutputTokens(int number) => FirstTokens + number;

    /// <summary>At the prices of the tests' catalog.</summary>
    public static decimal Cost(int number) => ((100 * 3m) + (10 * 0.3m) + (OutputTokens(number) * 15m)) / 1_000_000;

    /// <summary>An answer that takes its time, by the seed and the number.</summary>
    public static Answer Answer(RecordedRequest request, int seed)
    {
        var number = NumberOf(request);
        var random = new Random(seed ^ number);
        return Answer(request, Enumerable.Range(0, random.Next(2, 10)).Select(_ => TimeSpan.FromMilliseconds(random.Next(5, 60))));
    }

    public static Answer Answer(RecordedRequest request, Gate gate) => Answer(request, [TimeSpan.FromMilliseconds(1)], gate);

    private static Answer Answer(RecordedRequest request, IEnumerable<TimeSpan> pauses, Gate? gate = null)
    {
        var native = request.Path.EndsWith("/messages", StringComparison.Ordinal);
        var tokens = OutputTokens(NumberOf(request));
        if (!request.Json().TryGetProperty("stream", out var stream) || !stream.GetBoolean())
            return new Answer()
                .Header("content-type", "application/json").Wait(pauses.Aggregate(TimeSpan.Zero, (a, b) => a + b))
                .Raw(native ? Message(tokens) : Completion(tokens));

        var answer = native
            ? Fakes.Answer.Sse()
                .Event("message_start", MessageStart)
                .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            : Fakes.Answer.Sse().Data(Chunk("""{"role":"assistant","content":""}"""));
        foreach (var pause in pauses)
        {
            answer = native
                ? answer.Wait(pause).Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word "}}""")
                : answer.Wait(pause).Data(Chunk("""{"content":"word "}"""));
        }

        if (gate is not null)
            answer = answer.At(gate);
        return native
            ? answer.Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
                .Event(
                    "message_delta",
                    $$$"""{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":{{{tokens}}}}}""")
                .Event("message_stop", """{"type":"message_stop"}""")
            : answer.Data(Chunk("{}", "\"stop\""))
                .Data($$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[],{{OpenAIUsage(tokens)}}}""")
                .Data("[DONE]");
    }

    private const string MessageStart =
        """{"type":"message_start","message":{"id":"msg_up","type":"message","role":"assistant","model":"claude-test","content":[],"stop_reason":null"""
        + ""","stop_sequence":null,"usage":{"input_tokens":100,"cache_read_input_tokens":10,"output_tokens":1}}}""";

    private static string Message(int tokens) =>
        $$$"""{"id":"msg_up","type":"message","role":"assistant","model":"claude-test","content":[{"type":"text","text":"word"}]"""
        + $$$""","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":100,"cache_read_input_tokens":10,"output_tokens":{{{tokens}}}}}""";

    private static string Completion(int tokens) =>
        $$$"""{"id":"c1","object":"chat.completion","created":1,"model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant","content":"word"}"""
        + $$$""","finish_reason":"stop"}],{{{OpenAIUsage(tokens)}}}}""";

    private static string Chunk(string delta, string finish = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[{"index":0,"delta":{{delta}},"finish_reason":"""
        + $$"""{{finish}}}]}""";

    private static string OpenAIUsage(int tokens) =>
        $$$"""
        "usage":{"prompt_tokens":110,"completion_tokens":{{{tokens}}},"total_tokens":{{{110 + tokens}}},"prompt_tokens_details":{"cached_tokens":10}}
        """;

    [GeneratedRegex("call ([0-9]+) end")]
    private static partial Regex InPrompt();
}
