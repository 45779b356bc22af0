using System.Buffers;
using System.Text;
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

    /// <summary>Writes the items of a thinking block back, the text that was shown of them with the first.</summary>
    public static void Write(Utf8JsonWriter json, string text, string opaque)
    {
        using var items = JsonDocument.Parse(Encoding.UTF8.GetBytes(opaque), GatewayJson.DocumentOptions);
        foreach (var item in items.RootElement.EnumerateArray())
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
                text = "";
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}
