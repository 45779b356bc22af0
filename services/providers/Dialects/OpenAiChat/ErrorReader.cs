using System.Text;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// Reads the error bodies that occur: <c>{"error":{…}}</c>, <c>{"error":"…"}</c>, <c>{"object":"error",…}</c>, <c>{"detail":…}</c>,
/// <c>{"message":…}</c>, text.
/// </summary>
internal static class ErrorReader
{
    public static ProviderFailure Read(ProviderCall call, int status, ReadOnlyMemory<byte> body) => FailureRules.Of(call, Parse(body) with { Status = status });

    /// <summary>An error object in a place where an answer was due, so without a status of its own.</summary>
    public static GatewayException InStream(ProviderCall call, ReadOnlySpan<byte> data)
    {
        var failure = FailureRules.Of(call, Parse(data.ToArray()));
        return new GatewayException(failure.Kind, failure.Message);
    }

    private static ProviderFault Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body, GatewayJson.DocumentOptions);
            return Parse(json.RootElement);
        }
        catch (JsonException)
        {
            return new ProviderFault { Message = Plain(body.Span) };
        }
    }

    private static ProviderFault Parse(JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            root = root[0];
        if (root.ValueKind != JsonValueKind.Object)
            return new ProviderFault { Message = JsonText.Read(root) };
        var error = root.TryGetProperty("error", out var inner) && inner.ValueKind != JsonValueKind.Null ? inner : root;
        if (error.ValueKind != JsonValueKind.Object)
            return new ProviderFault { Message = JsonText.Read(error), Type = Text(root, "type") };
        var code = Text(error, "code");
        return new ProviderFault
        {
            Message = Text(error, "message") ?? Text(root, "message") ?? Text(error, "detail") ?? Text(error, "error") ?? "",
            Type = Text(error, "type"),
            Code = code,
            Param = Text(error, "param"),
            // OpenRouter and others put the upstream's status into the code.
            Status = int.TryParse(code, out var status) && status is >= 400 and < 600 ? status : null,
            PromptTokens = Number(error, "n_prompt_tokens"),
            ContextTokens = Number(error, "n_ctx"),
        };
    }

    private static string? Text(JsonElement owner, string name) =>
        !owner.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null : JsonText.Read(value);

    private static long? Number(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    /// <summary>A page of HTML from a proxy helps nobody.</summary>
    private static string Plain(ReadOnlySpan<byte> body)
    {
        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, 500)]).Trim();
        return text.StartsWith('<') ? "" : text;
    }
}
