using System.Text.Json;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// The fields of a chunk, or of a whole answer, that matter, as spans of raw JSON. All are read before any is acted on, because
/// providers write them in any order. Only the choice with index 0 is ours (rule E22).
/// </summary>
internal ref struct Chunk
{
    /// <summary><c>delta</c> of a chunk.</summary>
    public Delta Delta;

    public bool HasDelta;

    /// <summary>A whole message beside or after the deltas, which repeats them.</summary>
    public Delta Message;

    public bool HasMessage;

    public ReadOnlySpan<byte> FinishReason;

    /// <summary>vLLM: the stop sequence that was hit.</summary>
    public ReadOnlySpan<byte> StopReason;

    public ReadOnlySpan<byte> Usage;

    public ReadOnlySpan<byte> ServiceTier;

    /// <summary>The whole object is an error in one of the forms that occur (rule E119).</summary>
    public bool IsError;

    public bool HasChoices;

    /// <summary>Addresses beside the answer, without their place in it (Perplexity, xAI, Zhipu).</summary>
    public ReadOnlySpan<byte> Sources;

    /// <summary>Another answer than the one that was asked for.</summary>
    public bool HasOthers;

    public static Chunk Parse(ReadOnlySpan<byte> json)
    {
        var chunk = default(Chunk);
        var cursor = new JsonCursor(json);
        if (!cursor.Enter('{'))
            throw new JsonException("not an object");
        while (cursor.Member(out var name))
            chunk.ReadMember(ref cursor, name);
        return chunk;
    }

    private void ReadMember(scoped ref JsonCursor cursor, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("choices"u8))
        {
            if (cursor.Enter('['))
                ReadChoices(ref cursor);
            else
                cursor.Skip();
        }
        else if (name.SequenceEqual("usage"u8))
        {
            SetUsage(cursor.Value());
        }
        else if (name.SequenceEqual("service_tier"u8))
        {
            ServiceTier = cursor.Value();
        }
        else if (name.SequenceEqual("x_groq"u8))
        {
            SetUsage(JsonSlice.Member(cursor.Value(), "usage"u8));
        }
        else if (name.SequenceEqual("error"u8))
        {
            IsError |= !JsonSlice.IsNull(cursor.Value());
        }
        else if (name.SequenceEqual("detail"u8))
        {
            // FastAPI's error body; a chunk has no such member.
            IsError |= !JsonSlice.IsNull(cursor.Value());
        }
        else if (name.SequenceEqual("citations"u8) || name.SequenceEqual("search_results"u8) || name.SequenceEqual("web_search"u8))
        {
            var sources = cursor.Value();
            // One that says more than the address comes beside the addresses.
            if (new JsonItems(sources, all: true).MoveNext() && (Sources.IsEmpty || !name.SequenceEqual("citations"u8)))
                Sources = sources;
        }
        else if (name.SequenceEqual("object"u8))
        {
            IsError |= cursor.Value().SequenceEqual("\"error\""u8);
        }
        else
        {
            cursor.Skip();
        }
    }

    private void ReadChoices(scoped ref JsonCursor cursor)
    {
        while (cursor.Item())
        {
            if (!cursor.Enter('{'))
            {
                cursor.Skip();
                continue;
            }

            HasChoices = true;
            // Nothing of a choice may be used before its index is known, which nearly always comes first.
            var ahead = cursor;
            var index = ahead.Find("index"u8);
            var ours = index.Length == 0 || index.SequenceEqual("0"u8) || JsonSlice.IsNull(index);
            HasOthers |= !ours;
            while (cursor.Member(out var name))
            {
                if (ours)
                    ReadChoiceMember(ref cursor, name);
                else
                    cursor.Skip();
            }
        }
    }

    private void ReadChoiceMember(scoped ref JsonCursor cursor, ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual("delta"u8))
        {
            if (HasDelta = cursor.Enter('{'))
                Delta = Delta.Parse(ref cursor);
            else
                cursor.Skip();
        }
        else if (name.SequenceEqual("message"u8))
        {
            if (HasMessage = cursor.Enter('{'))
                Message = Delta.Parse(ref cursor);
            else
                cursor.Skip();
        }
        else if (name.SequenceEqual("finish_reason"u8))
        {
            // Some servers say "" or " " until there is one.
            FinishReason = JsonSlice.Text(cursor.Value()).Trim(" \t\r\n"u8);
        }
        else if (name.SequenceEqual("stop_reason"u8))
        {
            StopReason = JsonSlice.Text(cursor.Value());
        }
        else if (name.SequenceEqual("usage"u8))
        {
            // Moonshot puts it here.
            SetUsage(cursor.Value());
        }
        else
        {
            cursor.Skip();
        }
    }

    private void SetUsage(ReadOnlySpan<byte> value)
    {
        if (value.Length > 0 && value[0] == '{')
            Usage = value;
    }
}
