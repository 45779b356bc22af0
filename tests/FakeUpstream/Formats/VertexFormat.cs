namespace Gateway.Fakes.Formats;

/// <summary>Claude on Vertex: rawPredict with a token, the version in the body, the model in the path, and an event of Google's own in streams.</summary>
internal sealed class VertexFormat : IWireFormat
{
    private const string Models = "/publishers/anthropic/models/";

    public Answer? TryAnswer(RecordedRequest request)
    {
        var at = request.Path.IndexOf(Models, StringComparison.Ordinal);
        var colon = request.Path.LastIndexOf(':');
        if (at < 0 || colon < at)
            return null;
        var stream = request.Path.EndsWith(":streamRawPredict", StringComparison.Ordinal);
        var model = request.Path[(at + Models.Length)..colon];
        if (request.Header("Authorization")?.StartsWith("Bearer ", StringComparison.Ordinal) != true)
            return Refusal(401, "UNAUTHENTICATED", "Request is missing required authentication credential.", stream);
        if (Prompt.TryRead(request.Body.Span) is not { } prompt)
            return Refusal(400, "INVALID_ARGUMENT", "Invalid JSON payload received.", stream);
        var body = request.Json();
        if (model == "count-tokens")
            return body.TryGetProperty("model", out _)
                ? Answer.Json($$"""{"input_tokens":{{prompt.InputTokens}}}""")
                : Refusal(400, "INVALID_ARGUMENT", "model: Field required", stream);
        if (!body.TryGetProperty("anthropic_version", out _))
            return Refusal(400, "INVALID_ARGUMENT", "anthropic_version: Field required", stream);
        if (body.TryGetProperty("model", out _))
            return Refusal(400, "INVALID_ARGUMENT", "model: Extra inputs are not permitted", stream);
        prompt.Model = model;
        prompt.Stream = stream;
        var answer = AnthropicFormat.Messages(request, prompt);
        if (stream)
            answer.Event("vertex_event", """{"type":"vertex_event","usage":{"total_tokens":11},"tiers":{}}""");
        return answer;
    }

    /// <summary>On the streaming method in an array.</summary>
    public static Answer Refusal(int status, string code, string message, bool stream)
    {
        var error = $$$"""{"error":{"code":{{{status}}},"message":{{{Words.Quote(message)}}},"status":"{{{code}}}"}}""";
        return Answer.Json(stream ? $"[{error}]" : error, status);
    }
}
