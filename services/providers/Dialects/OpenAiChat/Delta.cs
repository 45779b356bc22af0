using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>The fields of a <c>delta</c>, or of a whole <c>message</c>, that matter, as spans of raw JSON; empty where they are not there.</summary>
internal ref struct Delta
{
    public ReadOnlySpan<byte> Content;

    /// <summary>The same reasoning may come in both.</summary>
    public ReadOnlySpan<byte> ReasoningContent;

    public ReadOnlySpan<byte> Reasoning;

    public ReadOnlySpan<byte> ReasoningDetails;

    public ReadOnlySpan<byte> Calls;

    /// <summary>The only call, in the format before tools.</summary>
    public ReadOnlySpan<byte> Function;

    public ReadOnlySpan<byte> Refusal;

    public ReadOnlySpan<byte> Annotations;

    public ReadOnlySpan<byte> Audio;

    public ReadOnlySpan<byte> Images;

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
        else if (name.SequenceEqual("reasoning_content"u8))
            ReasoningContent = value;
        else if (name.SequenceEqual("reasoning"u8))
            Reasoning = value;
        else if (name.SequenceEqual("reasoning_details"u8))
            ReasoningDetails = value;
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
    }
}
