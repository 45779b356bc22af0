using System.Text;
using Gateway.Providers.Answers;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>
/// Feeds the parts of a candidate into the answer: texts and thoughts in pieces, each call whole. Signatures of calls go into their ids,
/// those of thoughts into the thinking block. The signature of an answer's text is left out: Gemini does without it, and Anthropic's format
/// has no place for it. https://ai.google.dev/gemini-api/docs/thought-signatures
/// </summary>
internal sealed class PartReader(Answer answer)
{
    private readonly TextDecoder _text = new();
    private readonly TextDecoder _thinking = new();
    private int _calls;

    public void Read(ReadOnlySpan<byte> parts)
    {
        foreach (var part in new JsonItems(parts))
            ReadPart(part);
    }

    private void ReadPart(ReadOnlySpan<byte> part)
    {
        ReadOnlySpan<byte> function = default, signature = default, text = default, thought = default;
        var cursor = new JsonCursor(part);
        cursor.Enter('{');
        while (cursor.Member(out var name))
        {
            var value = cursor.Value();
            if (text.Length == 0 && name.SequenceEqual("text"u8))
                text = value;
            else if (thought.Length == 0 && name.SequenceEqual("thought"u8))
                thought = value;
            else if (function.Length == 0 && name.SequenceEqual("functionCall"u8))
                function = value;
            else if (signature.Length == 0 && name.SequenceEqual("thoughtSignature"u8))
                signature = value;
        }

        if (function.Length > 0)
        {
            ReadCall(function, JsonSlice.Text(signature));
            return;
        }

        if (text.Length == 0)
        {
            NoteOther(part);
            return;
        }

        if (!thought.SequenceEqual("true"u8))
        {
            answer.Text(JsonSlice.Text(text, _text));
            return;
        }

        answer.Thinking(JsonSlice.Text(text, _thinking));
        if (signature.Length > 2)
            answer.OpaqueThinking(signature);
    }

    /// <summary>Media and what Google's own tools did, which nobody has asked for.</summary>
    private void NoteOther(ReadOnlySpan<byte> part)
    {
        foreach (var kind in (string[])["inlineData", "fileData", "executableCode", "codeExecutionResult"])
        {
            if (JsonSlice.Member(part, Encoding.ASCII.GetBytes(kind)).Length > 0)
                answer.Drop(Encoding.ASCII.GetBytes(kind));
        }
    }

    private void ReadCall(ReadOnlySpan<byte> function, ReadOnlySpan<byte> signature)
    {
        var id = JsonSlice.Text(JsonSlice.Member(function, "id"u8));
        var arguments = JsonSlice.Member(function, "args"u8);
        answer.ToolCall(
            _calls++, id, JsonSlice.Text(JsonSlice.Member(function, "name"u8)),
            arguments.Length > 0 && arguments[0] == '{' ? JsonSlice.Compact(arguments) : default,
            signature);
    }
}
