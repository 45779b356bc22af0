namespace Gateway.Fakes.Formats;

/// <summary>The Anthropic Messages API, as far as one plain answer needs it.</summary>
internal sealed class AnthropicFormat : IWireFormat
{
    public Answer? TryAnswer(RecordedRequest request)
    {
        var path = request.Path;
        if (path.EndsWith("/messages", StringComparison.Ordinal))
            return request.Method == "POST" ? Messages(request) : null;
        if (path.EndsWith("/messages/count_tokens", StringComparison.Ordinal))
            return Count(request);
        // Both APIs list their models there; only Anthropic's clients name a version.
        if (path.EndsWith("/models", StringComparison.Ordinal) && request.Header("anthropic-version") is not null)
            return Answer.Json(
                """{"data":[{"type":"model","id":"claude-fake","display_name":"Fake","created_at":"2026-01-01T00:00:00Z"}],"has_more":false"""
                + ""","first_id":"claude-fake","last_id":"claude-fake"}""");
        return null;
    }

    private static Answer Count(RecordedRequest request) =>
        Prompt.TryRead(request.Body.Span) is { } prompt
            ? WithId(Answer.Json($$"""{"input_tokens":{{prompt.InputTokens}}}"""))
            : NotJson();

    private static Answer Messages(RecordedRequest request) =>
        Prompt.TryRead(request.Body.Span) is { } prompt ? Messages(request, prompt) : NotJson();

    public static Answer Messages(RecordedRequest request, Prompt prompt)
    {
        var words = Words.Of(request, prompt);
        return WithId(prompt.Stream ? Streamed(prompt, words) : Whole(prompt, words));
    }

    private static Answer Whole(Prompt prompt, string[] words)
    {
        var content = prompt.Tool is null
            ? $$"""{"type":"text","text":{{Words.Quote(string.Concat(words))}}}"""
            : $$$"""{"type":"tool_use","id":"toolu_fake_1","name":{{{Words.Quote(prompt.Tool)}}},"input":{{{prompt.ToolInput}}},"caller":{"type":"direct"}}""";
        return Answer.Json(
            $$$"""{"id":"msg_fake_1","type":"message","role":"assistant","model":{{{Words.Quote(prompt.Model)}}},"content":[{{{content}}}]"""
            + $$$""","stop_reason":"{{{StopReason(prompt)}}}","stop_sequence":null,"usage":{{{Usage(prompt, words.Length)}}}}""");
    }

    private static Answer Streamed(Prompt prompt, string[] words)
    {
        var answer = Answer.Sse().Event("message_start",
            $$$"""{"type":"message_start","message":{"id":"msg_fake_1","type":"message","role":"assistant","model":"""
            + $$$"""{{{Words.Quote(prompt.Model)}}},"content":[],"stop_reason":null,"stop_sequence":null,"usage":{{{Usage(prompt, 1)}}}}}""");
        if (prompt.Tool is null)
        {
            answer.Event("content_block_start", """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""");
            answer.Event("ping", """{"type":"ping"}""");
            foreach (var word in words)
                answer.Event(
                    "content_block_delta", $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":{{{Words.Quote(word)}}}}}""");
        }
        else
        {
            var half = prompt.ToolInput.Length / 2;
            answer.Event(
                "content_block_start",
                $$$$"""{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_fake_1","name":"""
                + $$$$"""{{{{Words.Quote(prompt.Tool)}}}},"input":{},"caller":{"type":"direct"}}}""");
            answer.Event(
                "content_block_delta",
                $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"""
                + $$$"""{{{Words.Quote(prompt.ToolInput[..half])}}}}}""");
            answer.Event(
                "content_block_delta",
                $$$"""{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"""
                + $$$"""{{{Words.Quote(prompt.ToolInput[half..])}}}}}""");
        }

        return answer
            .Event("content_block_stop", """{"type":"content_block_stop","index":0}""")
            .Event(
                "message_delta",
                $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{StopReason(prompt)}}}","stop_sequence":null},"usage":{"output_tokens":"""
                + $$$"""{{{words.Length}}}}}""")
            .Event("message_stop", """{"type":"message_stop"}""");
    }

    private static string StopReason(Prompt prompt) => prompt.Tool is null ? "end_turn" : "tool_use";

    private static string Usage(Prompt prompt, int output) =>
        $$"""{"input_tokens":{{prompt.InputTokens}},"cache_creation_input_tokens":0,"cache_read_input_tokens":0"""
        + $$""","output_tokens":{{output}},"service_tier":"standard"}""";

    private static Answer NotJson() =>
        WithId(
            Answer.Json(
                """{"type":"error","error":{"type":"invalid_request_error","message":"The request body is not valid JSON"},"request_id":"req_fake_1"}""", 400));

    private static Answer WithId(Answer answer) => answer.Header("request-id", "req_fake_1");
}
