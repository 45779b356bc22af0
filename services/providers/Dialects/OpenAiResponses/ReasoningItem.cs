using System.Buffers;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.OpenAiResponses;

/// <summary>
/// Encrypted reasoning: without the server's memory the model continues its thoughts only if it is given them back, unchanged (rule E91).
/// They travel in the signature of the thinking block. https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items
/// </summary>
internal static class ReasoningItem
{
    /// <summary>What has to be kept of an item.</summary>
    /// <param name="id">Raw JSON; may be empty.</param>
    /// <param name="encrypted">Raw JSON string.</param>
    public static byte[] Keep(ReadOnlySpan<byte> id, ReadOnlySpan<byte> encrypted)
    {
        var buffer = new ArrayBufferWriter<byte>(encrypted.Length + 64);
        using var json = new Utf8JsonWriter(buffer, GatewayJson.WriterOptions);
        json.WriteStartObject();
        if (id.Length > 2)
        {
            json.WritePropertyName("id"u8);
            json.WriteRawValue(id, skipInputValidation: true);
        }

        json.WritePropertyName("encrypted_content"u8);
        json.WriteRawValue(encrypted, skipInputValidation: true);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>What has to be kept of a message: OpenAI wants it back on all of the assistant's. Raw JSON string.</summary>
    public static byte[] KeepPhase(ReadOnlySpan<byte> phase) => [.. "{\"phase\":"u8, .. phase, (byte)'}'];

    /// <summary>The kept things of a thinking block or of a call.</summary>
    public static IEnumerable<JsonElement> Items(string? opaque) =>
        opaque is null ? [] : JsonElement.Parse(opaque, GatewayJson.DocumentOptions).EnumerateArray().Where(i => i.ValueKind == JsonValueKind.Object);

    /// <summary>The phase of the message that follows; null where the item is reasoning.</summary>
    public static string? PhaseOf(JsonElement item) =>
        item.TryGetProperty("phase"u8, out var phase) && phase.ValueKind == JsonValueKind.String ? phase.GetString() : null;

    /// <summary>Writes an item of reasoning back.</summary>
    /// <param name="text">What was shown of it.</param>
    public static void Write(Utf8JsonWriter json, string text, JsonElement item)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "reasoning"u8);
        foreach (var member in item.EnumerateObject())
        {
            json.WritePropertyName(member.Name);
            json.WriteRaw(member.Value);
        }

        json.WriteStartArray("summary"u8);
        if (text.Length > 0)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "summary_text"u8);
            json.WriteString("text"u8, text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
