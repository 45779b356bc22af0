using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Ingress.Relay;

/// <summary>
/// Whether an event of a stream brings content. <c>message_start</c>, a block of text that is still empty and empty deltas do not: providers
/// send them before they know whether they can answer.
/// </summary>
internal static class FirstContent
{
    /// <param name="data">Of an event that is neither a ping nor an error. What cannot be read counts as content.</param>
    public static bool IsIn(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data, GatewayJson.ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return true;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isPart = reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("content_block"u8);
                var isType = reader.ValueTextEquals("type"u8);
                reader.Read();
                if (isPart && reader.TokenType == JsonTokenType.StartObject)
                    return HasContent(ref reader);
                if (isType && (reader.ValueTextEquals("message_start"u8) || reader.ValueTextEquals("content_block_stop"u8)))
                    return false;
                reader.Skip();
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return true;
        }
    }

    private static bool HasContent(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.String when isType ? !IsOfText(ref reader) : !reader.ValueSpan.IsEmpty:
                    return true;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    reader.Read();
                    if (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
                        return true;
                    break;
            }
        }

        return false;
    }

    /// <summary>Any other block, a tool call for one, is content by being there.</summary>
    private static bool IsOfText(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("text_delta"u8)
        || reader.ValueTextEquals("thinking_delta"u8) || reader.ValueTextEquals("input_json_delta"u8) || reader.ValueTextEquals("signature_delta"u8)
        || reader.ValueTextEquals("citations_delta"u8);
}
