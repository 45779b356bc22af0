using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// The fields of a chunk, or of a whole answer, that matter, as spans of raw JSON. They are taken before anything is acted on, because
/// providers write them in any order. Only the choice with index 0 is ours (rule E22).
/// </summary>
internal ref struct Chunk
{
    /// <summary><c>delta</c> of a chunk, <c>message</c> of an answer; empty where there is none.</summary>
    public ReadOnlySpan<byte> Delta;

    public ReadOnlySpan<byte> FinishReason;

    /// <summary>vLLM: the stop sequence that was hit.</summary>
    public ReadOnlySpan<byte> StopReason;

    public ReadOnlySpan<byte> Usage;

    /// <summary>The whole object is an error in one of the forms that occur (rule E119).</summary>
    public bool IsError;

    public bool HasChoices;

    /// <summary>Addresses beside the answer, without their place in it (Perplexity, xAI).</summary>
    public bool HasSources;

    /// <summary>Another answer than the one that was asked for.</summary>
    public bool HasOthers;

    public static Chunk Parse(ReadOnlySpan<byte> json)
    {
        var chunk = default(Chunk);
        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            chunk.TakeMember(ref reader, json);
        return chunk;
    }

    private void TakeMember(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
                TakeChoices(ref reader, json);
            else
                reader.Skip();
        }
        else if (reader.ValueTextEquals("usage"u8))
        {
            TakeUsage(JsonSlice.Value(ref reader, json));
        }
        else if (reader.ValueTextEquals("x_groq"u8))
        {
            TakeUsage(JsonSlice.Member(JsonSlice.Value(ref reader, json), "usage"u8));
        }
        else if (reader.ValueTextEquals("error"u8))
        {
            IsError |= !JsonSlice.IsNull(JsonSlice.Value(ref reader, json));
        }
        else if (reader.ValueTextEquals("detail"u8))
        {
            // FastAPI's error body; a chunk has no such member.
            IsError |= !JsonSlice.IsNull(JsonSlice.Value(ref reader, json));
        }
        else if (reader.ValueTextEquals("citations"u8) || reader.ValueTextEquals("search_results"u8))
        {
            HasSources |= new JsonItems(JsonSlice.Value(ref reader, json), all: true).MoveNext();
        }
        else if (reader.ValueTextEquals("object"u8))
        {
            IsError |= JsonSlice.Value(ref reader, json).SequenceEqual("\"error\""u8);
        }
        else
        {
            reader.Skip();
        }
    }

    private void TakeChoices(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            TakeChoice(json[start..(int)reader.BytesConsumed]);
        }
    }

    private void TakeChoice(ReadOnlySpan<byte> choice)
    {
        HasChoices = true;
        var index = JsonSlice.Member(choice, "index"u8);
        if (index.Length > 0 && !index.SequenceEqual("0"u8) && !JsonSlice.IsNull(index))
        {
            HasOthers = true;
            return;
        }

        var reader = new Utf8JsonReader(choice, GatewayJson.ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                var value = JsonSlice.Value(ref reader, choice);
                Delta = value[0] == '{' ? value : Delta;
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                FinishReason = JsonSlice.Text(JsonSlice.Value(ref reader, choice));
            }
            else if (reader.ValueTextEquals("stop_reason"u8))
            {
                StopReason = JsonSlice.Text(JsonSlice.Value(ref reader, choice));
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                // Moonshot puts it here.
                TakeUsage(JsonSlice.Value(ref reader, choice));
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void TakeUsage(ReadOnlySpan<byte> value)
    {
        if (value.Length > 0 && value[0] == '{')
            Usage = value;
    }
}
