using System.Text.Json;
using Gateway.Contracts.Json;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// OpenRouter's <c>reasoning_details</c>: what stands behind the reasoning text (signatures, encrypted parts) and has to be given back
/// unchanged. https://openrouter.ai/docs/use-cases/reasoning-tokens
/// </summary>
internal static class ReasoningDetails
{
    /// <summary>Whether a part must be seen again; a bare piece of text need not, it is in the thinking block.</summary>
    public static bool IsOpaque(JsonElement detail) =>
        Filled(detail, "data") || Filled(detail, "signature");

    public static void Write(Utf8JsonWriter json, IEnumerable<(string Text, ThinkingSignature Signature)> blocks)
    {
        var list = blocks.ToList();
        if (list.Count == 0)
            return;
        if (list.TrueForAll(b => b.Signature.Opaque is null))
        {
            json.WriteString("reasoning"u8, string.Concat(list.Select(b => b.Text)));
            return;
        }

        json.WriteStartArray("reasoning_details"u8);
        foreach (var (text, signature) in list)
        {
            using var details = JsonDocument.Parse(signature.Opaque ?? "[]", GatewayJson.DocumentOptions);
            foreach (var detail in details.RootElement.EnumerateArray())
                Write(json, detail, text);
        }

        json.WriteEndArray();
    }

    /// <summary>A signature came apart from the text it signs; they go back together.</summary>
    private static void Write(Utf8JsonWriter json, JsonElement detail, string text)
    {
        json.WriteStartObject();
        foreach (var member in detail.EnumerateObject())
        {
            if (member.NameEquals("text"u8))
                continue;
            json.WritePropertyName(member.Name);
            json.WriteRaw(member.Value);
        }

        if (detail.TryGetProperty("type", out var type) && type.ValueEquals("reasoning.text"u8))
            json.WriteString("text"u8, text);
        json.WriteEndObject();
    }

    private static bool Filled(JsonElement detail, string name) =>
        detail.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && !value.ValueEquals(""u8);
}
