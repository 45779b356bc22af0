using System.Text.Json;
using Gateway.Contracts.Json;

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

    /// <summary>
    /// Writes back what is not text: parts of the list, each with the text it belongs to, and members of the message itself, such as the
    /// <c>reasoning_opaque</c> of GitHub Copilot.
    /// </summary>
    /// <returns>Whether there is a list, which has the text in it.</returns>
    public static bool Write(Utf8JsonWriter json, IEnumerable<(string Text, string? Opaque)> thoughts)
    {
        var details = new List<(string Text, JsonElement Detail)>();
        var members = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (text, opaque) in thoughts)
        {
            foreach (var part in opaque is null ? default : JsonElement.Parse(opaque, GatewayJson.DocumentOptions).EnumerateArray())
            {
                if (part.TryGetProperty("type"u8, out _))
                {
                    details.Add((text, part));
                    continue;
                }

                foreach (var member in part.EnumerateObject().Where(m => members.Add(m.Name)))
                {
                    json.WritePropertyName(member.Name);
                    json.WriteRaw(member.Value);
                }
            }
        }

        if (details.Count == 0)
            return false;
        json.WriteStartArray("reasoning_details"u8);
        foreach (var (text, detail) in details)
            Write(json, detail, text);
        json.WriteEndArray();
        return true;
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
