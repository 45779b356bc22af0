namespace Gateway.Fakes.Formats;

/// <summary>OpenAI Chat Completions, as far as one plain answer needs it.</summary>
internal sealed class OpenAIChatFormat : IWireFormat
{
    public Answer? TryAnswer(RecordedRequest request)
    {
        if (request.Path.EndsWith("/models", StringComparison.Ordinal))
            return Answer.Json("""{"object":"list","data":[{"id":"gpt-fake","object":"model","created":1767225600,"owned_by":"fake"}]}""");
        if (request.Method != "POST" || !request.Path.EndsWith("/chat/completions", StringComparison.Ordinal))
            return null;
        if (Prompt.TryRead(request.Body.Span) is not { } prompt)
            return Answer.Json(
                """{"error":{"message":"We could not parse the JSON body of your request.","type":"invalid_request_error","param":null,"code":null}}""", 400);
        var words = Words.Of(request, prompt);
        return (prompt.Stream ? Streamed(request, prompt, words) : Whole(prompt, words)).Header("x-request-id", "req_fake_1");
    }

    private static Answer Whole(Prompt prompt, string[] words)
    {
        var message = prompt.Tool is null
            ? $$"""{"role":"assistant","content":{{Words.Quote(string.Concat(words))}},"refusal":null}"""
            : $$$"""{"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"call_fake_1","type":"function","function":{"name":"""
                + $$$"""{{{Words.Quote(prompt.Tool)}}},"arguments":{{{Words.Quote(prompt.ToolInput)}}}}}]}""";
        return Answer.Json(
            $$"""{"id":"chatcmpl-fake1","object":"chat.completion","created":1767225600,"model":{{Words.Quote(prompt.Model)}},"choices":[{"index":0"""
            + $$""","message":{{message}},"logprobs":null,"finish_reason":"{{FinishReason(prompt)}}"}],"usage":{{Usage(prompt, words.Length)}}}""");
    }

    private static Answer Streamed(RecordedRequest request, Prompt prompt, string[] words)
    {
        var model = Words.Quote(prompt.Model);
        var answer = Answer.Sse().Data(Chunk(model, """{"role":"assistant","content":"","refusal":null}"""));
        if (prompt.Tool is null)
        {
            foreach (var word in words)
                answer.Data(Chunk(model, $$"""{"content":{{Words.Quote(word)}}}"""));
        }
        else
        {
            var half = prompt.ToolInput.Length / 2;
            answer.Data(Chunk(model,
                $$$"""{"tool_calls":[{"index":0,"id":"call_fake_1","type":"function","function":{"name":{{{Words.Quote(prompt.Tool)}}},"arguments":""}}]}"""));
            answer.Data(Chunk(model, $$$"""{"tool_calls":[{"index":0,"function":{"arguments":{{{Words.Quote(prompt.ToolInput[..half])}}}}}]}"""));
            answer.Data(Chunk(model, $$$"""{"tool_calls":[{"index":0,"function":{"arguments":{{{Words.Quote(prompt.ToolInput[half..])}}}}}]}"""));
        }

        answer.Data(Chunk(model, "{}", '"' + FinishReason(prompt) + '"'));
        // Only on request does the API end with a chunk of usage.
        if (request.Body.Span.IndexOf("\"include_usage\""u8) >= 0)
            answer.Data(
                $$"""{"id":"chatcmpl-fake1","object":"chat.completion.chunk","created":1767225600,"model":{{model}},"choices":[]"""
                + $$""","usage":{{Usage(prompt, words.Length)}}}""");
        return answer.Data("[DONE]");
    }

    private static string Chunk(string model, string delta, string finish = "null") =>
        $$"""{"id":"chatcmpl-fake1","object":"chat.completion.chunk","created":1767225600,"model":{{model}},"choices":[{"index":0"""
        + $$""","delta":{{delta}},"logprobs":null,"finish_reason":{{finish}}}]}""";

    private static string FinishReason(Prompt prompt) => prompt.Tool is null ? "stop" : "tool_calls";

    private static string Usage(Prompt prompt, int output) =>
        $$$"""{"prompt_tokens":{{{prompt.InputTokens}}},"completion_tokens":{{{output}}},"total_tokens":"""
        + $$$"""{{{prompt.InputTokens + output}}},"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}""";
}
