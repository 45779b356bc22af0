namespace Gateway.Fakes.Formats;

/// <summary>OpenAI Responses, as far as one plain answer needs it.</summary>
internal sealed class OpenAIResponsesFormat : IWireFormat
{
    public Answer? TryAnswer(RecordedRequest request)
    {
        var counting = request.Path.EndsWith("/responses/input_tokens", StringComparison.Ordinal);
        if (request.Method != "POST" || !(counting || request.Path.EndsWith("/responses", StringComparison.Ordinal)))
            return null;
        if (Prompt.TryRead(request.Body.Span) is not { } prompt)
            return Answer.Json(
                """{"error":{"message":"We could not parse the JSON body of your request.","type":"invalid_request_error","param":null,"code":null}}""", 400);
        if (counting)
            return Answer.Json($$"""{"object":"response.input_tokens","input_tokens":{{prompt.InputTokens}}}""");
        var words = Words.Of(request, prompt);
        return (
            prompt.Stream ? Streamed(prompt, words) : Answer.Json(Response(prompt, "completed", Item(prompt, words, "completed"), Usage(prompt, words.Length))))
            .Header("x-request-id", "req_fake_1");
    }

    private static Answer Streamed(Prompt prompt, string[] words)
    {
        var answer = Answer.Sse();
        var number = 0;
        Send("response.created", $$"""
            "response":{{Response(prompt, "in_progress", "", "null")}}
            """);
        Send("response.in_progress", $$"""
            "response":{{Response(prompt, "in_progress", "", "null")}}
            """);
        if (prompt.Tool is null)
        {
            const string Place = "\"item_id\":\"msg_fake_1\",\"output_index\":0,\"content_index\":0";
            Send("response.output_item.added", """
                "output_index":0,"item":{"id":"msg_fake_1","type":"message","status":"in_progress","role":"assistant","content":[]}
                """);
            Send("response.content_part.added", $$"""
                {{Place}},"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}
                """);
            foreach (var word in words)
            {
                Send("response.output_text.delta", $"""
                    {Place},"delta":{Words.Quote(word)},"logprobs":[]
                    """);
            }

            var text = Words.Quote(string.Concat(words));
            Send("response.output_text.done", $"""
                {Place},"text":{text},"logprobs":[]
                """);
            Send("response.content_part.done", $$"""
                {{Place}},"part":{"type":"output_text","text":{{text}},"annotations":[],"logprobs":[]}
                """);
        }
        else
        {
            const string Place = "\"item_id\":\"fc_fake_1\",\"output_index\":0";
            var item = $$"""
                {"id":"fc_fake_1","type":"function_call","status":"in_progress","call_id":"call_fake_1","name":{{Words.Quote(prompt.Tool)}},"arguments":""}
                """;
            Send("response.output_item.added", $"\"output_index\":0,\"item\":{item}");
            var half = prompt.ToolInput.Length / 2;
            Send("response.function_call_arguments.delta", $"""
                {Place},"delta":{Words.Quote(prompt.ToolInput[..half])}
                """);
            Send("response.function_call_arguments.delta", $"""
                {Place},"delta":{Words.Quote(prompt.ToolInput[half..])}
                """);
            Send("response.function_call_arguments.done", $"""
                {Place},"name":{Words.Quote(prompt.Tool)},"arguments":{Words.Quote(prompt.ToolInput)}
                """);
        }

        Send("response.output_item.done", $"""
            "output_index":0,"item":{Item(prompt, words, "completed")}
            """);
        Send("response.completed", $"""
            "response":{Response(prompt, "completed", Item(prompt, words, "completed"), Usage(prompt, words.Length))}
            """);
        return answer;

        void Send(string type, string members) => answer.Event(type, $$"""{"type":"{{type}}","sequence_number":{{number++}},{{members}}}""");
    }

    private static string Item(Prompt prompt, string[] words, string status) => prompt.Tool is null
        ? $$"""{"id":"msg_fake_1","type":"message","status":"{{status}}","role":"assistant","content":[{"type":"output_text","text":"""
            + $$"""{{Words.Quote(string.Concat(words))}},"annotations":[],"logprobs":[]}]}"""
        : $$"""{"id":"fc_fake_1","type":"function_call","status":"{{status}}","call_id":"call_fake_1","name":{{Words.Quote(prompt.Tool)}},"arguments":"""
            + $$"""{{Words.Quote(prompt.ToolInput)}}}""";

    private static string Response(Prompt prompt, string status, string output, string usage) =>
        $$"""{"id":"resp_fake_1","object":"response","created_at":1767225600,"status":"{{status}}","error":null,"incomplete_details":null"""
        + $$""","model":{{Words.Quote(prompt.Model)}},"output":[{{output}}],"usage":{{usage}}}""";

    private static string Usage(Prompt prompt, int output) =>
        $$$"""{"input_tokens":{{{prompt.InputTokens}}},"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}"""
        + $$$""","output_tokens":{{{output}}},"output_tokens_details":{"reasoning_tokens":0},"total_tokens":{{{prompt.InputTokens + output}}}}""";
}
