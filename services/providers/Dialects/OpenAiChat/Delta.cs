using System.Text;
using Gateway.Providers.Text;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>The fields of a <c>delta</c>, or of a whole <c>message</c>, that matter, as spans of raw JSON; empty where they are not there.</summary>
internal ref struct Delta
{
    public ReadOnlySpan<byte> Content;

    /// <summary>The reasoning, which each server names in its own way and some in two.</summary>
    public ReadOnlySpan<byte> Reasoning;

    /// <summary>Which of the <see cref="ReasoningNames"/> that is.</summary>
    public int ReasoningName;

    public ReadOnlySpan<byte> ReasoningDetails;

    /// <summary>What GitHub Copilot wants back with its <c>reasoning_text</c>.</summary>
    public ReadOnlySpan<byte> ReasoningOpaque;

    public ReadOnlySpan<byte> Calls;

    /// <summary>The only call, in the format before tools.</summary>
    public ReadOnlySpan<byte> Function;

    public ReadOnlySpan<byte> Refusal;

    public ReadOnlySpan<byte> Annotations;

    public ReadOnlySpan<byte> Audio;

    public ReadOnlySpan<byte> Images;

    private static readonly byte[][] Names = [.. ReasoningNames.All.Select(Encoding.ASCII.GetBytes)];

    /// <param name="cursor">Within the object; leaves it.</param>
    public static Delta Parse(scoped ref JsonCursor cursor)
    {
        var delta = default(Delta);
        while (cursor.Member(out var name))
            delta.Set(name, cursor.Value());
        return delta;
    }

    private void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.SequenceEqual("content"u8))
            Content = value;
        else if (name.SequenceEqual("tool_calls"u8))
            Calls = value;
        else if (name.SequenceEqual("reasoning_details"u8))
            ReasoningDetails = value;
        else if (name.SequenceEqual("reasoning_opaque"u8))
            ReasoningOpaque = value;
        else if (name.SequenceEqual("function_call"u8))
            Function = value;
        else if (name.SequenceEqual("refusal"u8))
            Refusal = value;
        else if (name.SequenceEqual("annotations"u8))
            Annotations = value;
        else if (name.SequenceEqual("audio"u8))
            Audio = value;
        else if (name.SequenceEqual("images"u8))
            Images = value;
        else if (name.Length > 0 && name[0] is (byte)'r' or (byte)'t')
            SetReasoning(name, value);
    }

    private void SetReasoning(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (value.Length <= 2 || value[0] != '"')
            return;
        for (var i = 0; i < Names.Length; i++)
        {
            if (!name.SequenceEqual(Names[i]) || (Reasoning.Length > 0 && i > ReasoningName))
                continue;
            Reasoning = value;
            ReasoningName = i;
        }
    }
}
