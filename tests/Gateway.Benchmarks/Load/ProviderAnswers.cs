using System.Globalization;
using System.Text;

namespace Gateway.Benchmarks.Load;

/// <summary>The bytes of the provider's answers, made once: Anthropic's where the path ends in /messages, OpenAI's otherwise.</summary>
internal sealed class ProviderAnswers
{
    /// <summary>Before the time stamp of a paced event: a place that is found in whatever format the event comes out.</summary>
    public const string StampMark = "~T";
    public const int StampDigits = 17;
    public const int BurstDeltas = 100;

    private const string Event =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";

    private ProviderAnswers(string whole, string opening, Func<string, string> delta, string closing)
    {
        Whole = Encoding.UTF8.GetBytes(
            $"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nrequest-id: req_load\r\ncontent-length: {Encoding.UTF8.GetByteCount(whole)}\r\n\r\n{whole}");
        Opening = Encoding.UTF8.GetBytes(Event + Chunk(opening));
        Closing = Encoding.UTF8.GetBytes(Chunk(closing) + "0\r\n\r\n");
        var words = new StringBuilder();
        for (var i = 0; i < BurstDeltas; i++)
            words.Append(delta("lorem ipsum dolor "));
        Burst = Encoding.UTF8.GetBytes(Event + Chunk(opening + words + closing) + "0\r\n\r\n");
        Words = Encoding.UTF8.GetBytes(Chunk(words.ToString()));
        var paced = Chunk(delta(StampMark + new string('0', StampDigits)));
        Delta = Encoding.UTF8.GetBytes(paced);
        StampAt = Encoding.UTF8.GetByteCount(paced.AsSpan(0, paced.IndexOf(StampMark, StringComparison.Ordinal))) + StampMark.Length;
    }

    public byte[] Whole { get; }

    public byte[] Opening { get; }

    public byte[] Closing { get; }

    public byte[] Burst { get; }

    /// <summary>The deltas of a burst alone, a chunk of the body.</summary>
    public byte[] Words { get; }

    /// <summary>One event, with room for its time stamp at <see cref="StampAt"/>.</summary>
    public byte[] Delta { get; }

    public int StampAt { get; }

    public static ProviderAnswers Anthropic { get; } = new(
        $$$"""{"id":"msg_load","type":"message","role":"assistant","model":"fake","content":[{"type":"text","text":"{{{Filler(2700)}}}"}]"""
        + $$$""","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":500,"cache_creation_input_tokens":0,"cache_read_input_tokens":0"""
        + $$$""","output_tokens":700,"service_tier":"standard"}}""",
        Named(
            "message_start",
            """{"type":"message_start","message":{"id":"msg_load","type":"message","role":"assistant","model":"fake","content":[],"stop_reason":null"""
            + ""","stop_sequence":null,"usage":{"input_tokens":500,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":1}}}""")
            + Named("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"""),
        text => Named("content_block_delta", $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{text}}}"}}"""),
        Named("content_block_stop", """{"type":"content_block_stop","index":0}""")
            + Named("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":700}}""")
            + Named("message_stop", """{"type":"message_stop"}"""));

    public static ProviderAnswers OpenAi { get; } = new(
        $$$$"""{"id":"chatcmpl-load","object":"chat.completion","created":1767225600,"model":"fake","choices":[{"index":0"""
        + $$$$""","message":{"role":"assistant","content":"{{{{Filler(2600)}}}}","refusal":null},"logprobs":null,"finish_reason":"stop"}]"""
        + $$$$""","usage":{"prompt_tokens":500,"completion_tokens":700,"total_tokens":1200,"prompt_tokens_details":{"cached_tokens":0}}}""",
        Chat("""{"role":"assistant","content":"","refusal":null}"""),
        text => Chat($$"""{"content":"{{text}}"}"""),
        Chat("{}", "\"stop\"")
            +
                "data: {\"id\":\"chatcmpl-load\",\"object\":\"chat.completion.chunk\",\"created\":1767225600,\"model\":\"fake\",\"choices\":[],"
                + "\"usage\":{\"prompt_tokens\":500,\"completion_tokens\":700,\"total_tokens\":1200}}\n\n"
            + "data: [DONE]\n\n");

    public static string Filler(int length) => string.Concat(Enumerable.Repeat("lorem ipsum dolor sit amet ", length / 27 + 1))[..length];

    private static string Named(string name, string json) => $"event: {name}\ndata: {json}\n\n";

    private static string Chat(string delta, string finish = "null") =>
        $$"""data: {"id":"chatcmpl-load","object":"chat.completion.chunk","created":1767225600,"model":"fake","choices":[{"index":0"""
        + $$""","delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}]}""" + "\n\n";

    private static string Chunk(string data) => Encoding.UTF8.GetByteCount(data).ToString("x", CultureInfo.InvariantCulture) + "\r\n" + data + "\r\n";
}
