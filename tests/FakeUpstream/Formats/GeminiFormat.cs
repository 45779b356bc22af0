namespace Gateway.Fakes.Formats;

/// <summary>Gemini's generateContent, as far as one plain answer needs it. Model, method and streaming are in the path.</summary>
internal sealed class GeminiFormat : IWireFormat
{
    public Answer? TryAnswer(RecordedRequest request)
    {
        var name = request.Path[(request.Path.LastIndexOf('/') + 1)..];
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (request.Method != "POST" || colon < 0)
            return null;
        if (Prompt.TryRead(request.Body.Span) is not { } prompt)
            return Answer.Json("""{"error":{"code":400,"message":"Invalid JSON payload received.","status":"INVALID_ARGUMENT"}}""", 400);
        var model = Words.Quote(name[..colon]);
        var words = Words.Of(request, prompt);
        return name[(colon + 1)..] switch
        {
            "generateContent" => Answer.Json(Chunk(model, prompt, Parts(prompt, string.Concat(words)), "STOP", words.Length)),
            "streamGenerateContent" => Streamed(model, prompt, words),
            "countTokens" => Answer.Json($$"""{"totalTokens":{{prompt.InputTokens}}}"""),
            _ => null,
        };
    }

    private static Answer Streamed(string model, Prompt prompt, string[] words)
    {
        var answer = Answer.Sse();
        if (prompt.Tool is not null)
            return answer.Data(Chunk(model, prompt, Parts(prompt, ""), "STOP", words.Length));
        for (var i = 0; i < words.Length; i++)
            answer.Data(Chunk(model, prompt, Parts(prompt, words[i]), i == words.Length - 1 ? "STOP" : null, i + 1));
        return answer;
    }

    private static string Parts(Prompt prompt, string text) => prompt.Tool is null
        ? $$"""{"text":{{Words.Quote(text)}}}"""
        : $$$"""{"functionCall":{"id":"call_fake_1","name":{{{Words.Quote(prompt.Tool)}}},"args":{{{prompt.ToolInput}}}},"thoughtSignature":"ZmFrZQ=="}""";

    private static string Chunk(string model, Prompt prompt, string parts, string? finish, int output) =>
        $$$"""{"candidates":[{"content":{"parts":[{{{parts}}}],"role":"model"},{{{(finish is null ? "" : $"\"finishReason\":\"{finish}\",")}}}"index":0}]"""
        + $$$""","usageMetadata":{"promptTokenCount":{{{prompt.InputTokens}}},"candidatesTokenCount":{{{output}}},"totalTokenCount":"""
        + $$$"""{{{prompt.InputTokens + output}}}},"modelVersion":{{{model}}},"responseId":"resp_fake_1"}""";
}
