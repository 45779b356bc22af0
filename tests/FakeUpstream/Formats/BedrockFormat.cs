using System.Text;
using System.Text.Json;

namespace Gateway.Fakes.Formats;

/// <summary>
/// Bedrock's InvokeModel, as strict as Amazon is: a signature that fits or a key, a version in the body, no <c>model</c> and no <c>stream</c> there, and
/// nothing among the betas and the metadata that it does not know.
/// </summary>
internal sealed class BedrockFormat : IWireFormat
{
    /// <summary>What Claude Code and the tests send of what Bedrock has been seen to take.</summary>
    private static readonly HashSet<string> Betas =
    [
        "claude-code-20250219", "interleaved-thinking-2025-05-14", "context-management-2025-06-27", "effort-2025-11-24", "context-1m-2025-08-07",
        "tool-search-tool-2025-10-19", "fine-grained-tool-streaming-2025-05-14", "compact-2026-01-12", "dangerous-tool-use-2026-09-03",
        "thinking-display-updates-2026-08-18",
    ];

    public Answer? TryAnswer(RecordedRequest request)
    {
        if (!request.Path.StartsWith("/model/", StringComparison.Ordinal))
            return null;
        var slash = request.Path.LastIndexOf('/');
        var (model, operation) = (Uri.UnescapeDataString(request.Path["/model/".Length..slash]), request.Path[(slash + 1)..]);
        if (Unauthorized(request) is { } refusal)
            return refusal;
        return operation switch
        {
            "invoke" or "invoke-with-response-stream" => Invoke(request, model, operation != "invoke"),
            "count-tokens" => Count(request),
            _ => null,
        };
    }

    public static Answer Refusal(int status, string type, string message) =>
        Answer.Json($$"""{"message":{{JsonSerializer.Serialize(message)}}}""", status)
            .Header("x-amzn-errortype", $"{type}:http://internal.amazon.com/coral/com.amazon.bedrock/").Header("x-amzn-requestid", "amzn-fake-1");

    private static Answer? Unauthorized(RecordedRequest request)
    {
        if (AmazonSignature.IsOn(request))
            return AmazonSignature.Problem(request, DateTimeOffset.UtcNow) is { } problem
                ? Refusal(403, "InvalidSignatureException", problem).Header("date", DateTimeOffset.UtcNow.ToString("R"))
                : null;
        return request.Header("Authorization")?.StartsWith("Bearer ", StringComparison.Ordinal) == true
            ? null
            : Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
    }

    private static Answer Invoke(RecordedRequest request, string model, bool stream)
    {
        if (Prompt.TryRead(request.Body.Span) is not { } prompt)
            return Refusal(400, "ValidationException", "Malformed input request, please reformat your input and try again.");
        var body = request.Json();
        if (!body.TryGetProperty("anthropic_version", out _))
            return Refusal(400, "ValidationException", "anthropic_version: Field required");
        foreach (var name in (string[])["model", "stream", "speed", "fallbacks"])
        {
            if (body.TryGetProperty(name, out _))
                return Refusal(400, "ValidationException", $"{name}: Extra inputs are not permitted");
        }

        if (body.TryGetProperty("anthropic_beta", out var betas) && betas.EnumerateArray().Any(b => !Betas.Contains(b.GetString()!)))
            return Refusal(400, "ValidationException", "invalid beta flag");
        if (body.TryGetProperty("output_config", out var output) && output.TryGetProperty("format", out _))
            return Refusal(400, "ValidationException", "output_config.format: Extra inputs are not permitted");
        if (request.Text.Contains("\"scope\":\"", StringComparison.Ordinal))
            return Refusal(400, "ValidationException", "system.0.cache_control.ephemeral.scope: Extra inputs are not permitted");
        if (body.TryGetProperty("metadata", out var metadata) && metadata.TryGetProperty("user_id", out var user) && user.GetString()!.Contains('{'))
            return Refusal(400, "ValidationException", "Request metadata contains a value that violates the regular expression");
        if (!model.Contains("anthropic.", StringComparison.Ordinal))
            return Refusal(400, "ValidationException", "The provided model identifier is invalid.");
        prompt.Model = model;
        prompt.Stream = stream;
        return stream ? Framed(AnthropicFormat.Messages(request, prompt)) : WithMetrics(AnthropicFormat.Messages(request, prompt));
    }

    private static Answer Count(RecordedRequest request)
    {
        var inner = Convert.FromBase64String(request.Json().GetProperty("input").GetProperty("invokeModel").GetProperty("body").GetString()!);
        using var body = JsonDocument.Parse(inner);
        return body.RootElement.TryGetProperty("max_tokens", out _) && body.RootElement.TryGetProperty("anthropic_version", out _)
            ? Answer.Json($$"""{"inputTokens":{{inner.Length / 4}}}""")
            : Refusal(400, "ValidationException", "max_tokens: Field required");
    }

    /// <summary>The same events, each in a frame, the last with Amazon's own figures.</summary>
    private static Answer Framed(Answer events)
    {
        var framed = new Answer().Header("content-type", "application/vnd.amazon.eventstream")
            .Header("x-amzn-bedrock-content-type", "application/json").Header("x-amzn-requestid", "amzn-fake-1");
        foreach (var step in events.Steps)
        {
            var text = Encoding.UTF8.GetString(step.Bytes.Span);
            var data = text[(text.IndexOf("data: ", StringComparison.Ordinal) + 6)..].TrimEnd('\n');
            if (data == """{"type":"message_stop"}""")
                data = """{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":9,"outputTokenCount":2,"invocationLatency":100}}""";
            if (!data.Contains("\"ping\"", StringComparison.Ordinal))
                framed.Raw(EventStreamWriter.Chunk(data));
        }

        return framed;
    }

    private static Answer WithMetrics(Answer whole)
    {
        var text = Encoding.UTF8.GetString(whole.Steps[0].Bytes.Span);
        return Answer.Json(text[..^1] + ""","amazon-bedrock-guardrailAction":"NONE","amazon-bedrock-trace":{"guardrail":{}}}""")
            .Header("x-amzn-requestid", "amzn-fake-1").Header("x-amzn-bedrock-input-token-count", "9");
    }
}
