using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.Contracts.Json;
using Gateway.Contracts.Sse;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects;

/// <summary>
/// Reads a body that is JSON: one answer; or the chunks of a stream in a list, as Gemini sends them where nobody asks for events, or one after the
/// other.
/// </summary>
public static class WholeAnswer
{
    /// <exception cref="GatewayException">The body is an error after all, or no answer.</exception>
    public static void Read(ProviderCall call, ReadOnlyMemory<byte> body, Answer answer)
    {
        var translation = call.Provider.Dialect.Translation!;
        var json = body.Span.TrimStart(" \t\r\n"u8);
        if (json.StartsWith("["u8) || HasSeveral(json))
            ReadAll(translation.ReadStream(call, answer), json);
        else
            translation.ReadResponse(call, body, answer);
    }

    private static void ReadAll(IStreamTranslator stream, ReadOnlySpan<byte> json)
    {
        try
        {
            ReadChunks(stream, json);
        }
        catch (JsonException e)
        {
            throw new GatewayException(ErrorKind.ProviderProtocol, "The provider's answer is not JSON.", e);
        }
    }

    private static void ReadChunks(IStreamTranslator stream, ReadOnlySpan<byte> json)
    {
        if (json[0] == '[')
        {
            foreach (var chunk in new JsonItems(json))
                stream.Translate(SseEvent.Of(chunk));
        }
        else
        {
            var reader = new Utf8JsonReader(json, Options);
            while (reader.Read())
            {
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                stream.Translate(SseEvent.Of(json[start..(int)reader.BytesConsumed]));
            }
        }

        stream.End();
    }

    private static JsonReaderOptions Options => GatewayJson.ReaderOptions with { AllowMultipleValues = true };

    private static bool HasSeveral(ReadOnlySpan<byte> json)
    {
        // A line end between two objects, as every server that sends several puts there.
        if (json.IndexOf("}\n{"u8) < 0 && json.IndexOf("}\r\n{"u8) < 0)
            return false;
        try
        {
            var reader = new Utf8JsonReader(json, Options);
            var count = 0;
            while (reader.Read())
            {
                reader.Skip();
                count++;
            }

            return count > 1;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
