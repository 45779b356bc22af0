using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>What a scripted provider sends, in both wire formats.</summary>
internal static class Streams
{
    public const string MessageStart =
        """{"type":"message_start","message":{"id":"msg_up","type":"message","role":"assistant","model":"claude-test-4-5-20250929","content":[]"""
        + ""","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":100,"cache_read_input_tokens":10,"output_tokens":1}}}""";

    public const string MessageDelta = """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":20}}""";

    /// <summary>The start of a stream and its first words; nothing after.</summary>
    /// <param name="native">Which wire format.</param>
    /// <param name="gate">The headers go out at once, the first event when the test lets it.</param>
    public static Answer Opening(bool native, Gate? gate = null) => native
        ? Begin(gate)
            .Event("message_start", MessageStart)
            .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            .Event("content_block_delta", TextDelta("Hello"))
        : Begin(gate).Data(Chunk("""{"role":"assistant","content":"Hello"}"""));

    private static Answer Begin(Gate? gate) => gate is null ? Answer.Sse() : Answer.Sse().FlushHeaders().At(gate);

    public static Answer Words(this Answer answer, bool native, string text) =>
        native ? answer.Event("content_block_delta", TextDelta(text)) : answer.Data(Chunk($$"""{"content":"{{text}}"}"""));

    public static Answer Closing(this Answer answer, bool native) => native
        ? answer.Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
            .Event("message_delta", MessageDelta)
            .Event("message_stop", """{"type":"message_stop"}""")
        : answer.Data(Chunk("{}", "\"stop\""))
            .Data(
                """{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[],"usage":{"prompt_tokens":110"""
                + ""","completion_tokens":20,"total_tokens":130,"prompt_tokens_details":{"cached_tokens":10}}}""")
            .Data("[DONE]");

    public static Answer Error(this Answer answer, bool native) => native
        ? answer.ErrorEvent()
        : answer.Data("""{"error":{"message":"Overloaded","type":"server_error","code":"overloaded"}}""");

    public const string WholeMessage =
        """{"id":"msg_up","type":"message","role":"assistant","model":"claude-test-4-5-20250929","content":[{"type":"text","text":"Hello"}]"""
        + ""","stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":100,"cache_read_input_tokens":10,"output_tokens":20}}""";

    public const string WholeCompletion =
        """{"id":"c1","object":"chat.completion","created":1,"model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}"""
        + ""","finish_reason":"stop"}],"usage":{"prompt_tokens":110,"completion_tokens":20,"total_tokens":130,"prompt_tokens_details":"""
        + """{"cached_tokens":10}}}""";

    public static string Whole(bool native) => native ? WholeMessage : WholeCompletion;

    public static string TextDelta(string text) => $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{text}}}"}}""";

    public static string Chunk(string delta, string finish = "null") =>
        $$"""{"id":"c1","object":"chat.completion.chunk","created":1,"model":"gpt-test","choices":[{"index":0,"delta":{{delta}},"finish_reason":"""
        + $$"""{{finish}}}]}""";
}
