using System.Text.Json;

namespace Gateway.Ingress.Requests;

/// <summary>
/// Skips the parts of a request that are the provider's business, and takes note of the few things in them that decide on its price
/// and its history. By the names and types of members, so that text which only looks like them says nothing.
/// </summary>
internal static class TraitReader
{
    /// <param name="reader">On a value; left on its last token.</param>
    public static void SkipValue(ref Utf8JsonReader reader, RequestEnvelope envelope)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            return;
        var depth = reader.CurrentDepth;
        do
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.PropertyName)
                Note(ref reader, envelope);
        }
        while (depth < reader.CurrentDepth);
    }

    /// <param name="reader">On a member's name.</param>
    public static void Note(ref Utf8JsonReader reader, RequestEnvelope envelope)
    {
        // Names that are written with escapes are rare, and longer than they are.
        if (reader.ValueIsEscaped)
            NoteEscaped(ref reader, envelope);
        else
            Note(ref reader, reader.ValueSpan, envelope);
    }

    private static void NoteEscaped(ref Utf8JsonReader reader, RequestEnvelope envelope)
    {
        const int Longest = 256;
        if (reader.ValueSpan.Length > Longest)
            return;
        Span<byte> name = stackalloc byte[Longest];
        try
        {
            Note(ref reader, name[..reader.CopyString(name)], envelope);
        }
        catch (InvalidOperationException)
        {
            // Half a character: no name that anybody knows.
        }
    }

    private static void Note(ref Utf8JsonReader reader, scoped ReadOnlySpan<byte> name, RequestEnvelope envelope)
    {
        switch (name.Length)
        {
            case 3 when name.SequenceEqual("url"u8):
            case 7 when name.SequenceEqual("file_id"u8):
                envelope.Traits |= RequestTraits.Fetches;
                break;
            case 11 when name.SequenceEqual("mcp_servers"u8):
                envelope.Traits |= RequestTraits.Fetches | RequestTraits.ServerTools;
                break;
            case 4 when name.SequenceEqual("type"u8):
                NoteType(reader, envelope);
                break;
            case 5 when name.SequenceEqual("speed"u8):
            case 13 when name.SequenceEqual("inference_geo"u8):
                envelope.Traits |= RequestTraits.AsksForMore;
                break;
            case 8 when name.SequenceEqual("thinking"u8):
                envelope.Traits |= RequestTraits.Thinking;
                break;
            case 15 when name.SequenceEqual("encrypted_index"u8):
                envelope.Traits |= RequestTraits.EncryptedIndex;
                break;
        }
    }

    /// <summary>Reads ahead on a copy of the reader.</summary>
    private static void NoteType(Utf8JsonReader reader, RequestEnvelope envelope)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            return;
        // An escaped one could be any: it counts as all of them.
        if (reader.ValueIsEscaped)
            envelope.Traits |= RequestTraits.Fetches | RequestTraits.ServerTools | RequestTraits.MayCompact | RequestTraits.Thinking;
        else if (reader.ValueSpan.StartsWith("web_"u8))
            envelope.Traits |= RequestTraits.Fetches | RequestTraits.ServerTools;
        else if (reader.ValueSpan.StartsWith("compact_"u8))
            envelope.Traits |= RequestTraits.MayCompact;
        else if (reader.ValueTextEquals("redacted_thinking"u8))
            envelope.Traits |= RequestTraits.Thinking;
        else if (MayBeServerTool(reader.ValueSpan))
            envelope.Traits |= RequestTraits.ServerTools;
    }

    /// <summary>
    /// Types of the provider's tools end in a date, all but two. So do a few others, which only costs a closer look; that of the edit that Claude Code
    /// sends with every request is known not to be one.
    /// </summary>
    private static bool MayBeServerTool(ReadOnlySpan<byte> type)
    {
        const int DateLength = 8;
        if (type.StartsWith("clear_"u8))
            return false;
        if (type.StartsWith("tool_search_"u8) || type.SequenceEqual("mcp_toolset"u8) || type.SequenceEqual("server_tool_use"u8))
            return true;
        return type.Length > DateLength && char.IsAsciiDigit((char)type[^1]) && !type[^DateLength..].ContainsAnyExceptInRange((byte)'0', (byte)'9');
    }
}
