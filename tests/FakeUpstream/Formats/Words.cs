using System.Text.Encodings.Web;

namespace Gateway.Fakes.Formats;

/// <summary>The text of the default answers.</summary>
internal static class Words
{
    /// <summary>What the fake model says, as the deltas of a stream: an echo by words, or as many as the request asked for.</summary>
    public static string[] Of(RecordedRequest request, Prompt prompt)
    {
        if (FakeHeaders.Number(request, FakeHeaders.Deltas) is { } count)
        {
            var many = new string[count];
            Array.Fill(many, "lorem ipsum dolor ");
            return many;
        }

        var words = $"You said: {prompt.LastText}".Split(' ');
        for (var i = 0; i < words.Length - 1; i++)
            words[i] += " ";
        return words;
    }

    /// <summary>As a JSON string, quotes included.</summary>
    public static string Quote(string text) => '"' + JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text) + '"';
}
