using Gateway.Fakes;

namespace Gateway.Fuzz;

/// <summary>A short right answer of each dialect, for requests that are wrong themselves.</summary>
internal static class GoodAnswers
{
    public static Answer Of(string dialect, bool stream) => (dialect, stream) switch
    {
        ("anthropic", false) => Answer.Json(
            """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-fuzz","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn",
             "stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":2}}
            """),
        ("anthropic", true) => Answer.Sse()
            .Event(
                "message_start",
                """
                {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-fuzz","content":[],"stop_reason":null,
                "stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}}
                """.ReplaceLineEndings(""))
            .Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")
            .Event("content_block_delta", """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""")
            .Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
            .Event("message_delta", """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}""")
            .Event("message_stop", """{"type":"message_stop"}"""),
        ("openai-chat", false) => Answer.Json(
            """
            {"id":"c1","object":"chat.completion","created":1,"model":"gpt-fuzz","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},
             "finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}
            """),
        ("openai-chat", true) => Answer.Sse()
            .Data("""{"id":"c1","object":"chat.completion.chunk","model":"gpt-fuzz","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}""")
            .Data("""{"id":"c1","object":"chat.completion.chunk","model":"gpt-fuzz","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""")
            .Data("[DONE]"),
        ("openai-responses", false) => Answer.Json(Response),
        ("openai-responses", true) => Answer.Sse()
            .Event("response.created", """{"type":"response.created","response":{"id":"r1","status":"in_progress","output":[]}}""")
            .Event("response.completed", $$"""{"type":"response.completed","response":{{Response}}}"""),
        (_, false) => Answer.Json(Candidate),
        (_, true) => Answer.Sse().Data(Candidate),
    };

    private const string Response =
        """{"id":"r1","object":"response","status":"completed","model":"gpt-fuzz","output":[{"id":"m1","type":"message","status":"completed","""
        + """ "role":"assistant","content":[{"type":"output_text","text":"Hi","annotations":[]}]}],"""
        + """ "usage":{"input_tokens":5,"output_tokens":2,"total_tokens":7}}""";

    private const string Candidate =
        """{"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":"""
        + """{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7}}""";
}
