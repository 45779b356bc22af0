using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Gateway.Contracts.Json;

/// <summary>
/// Text from outside that is kept in an event, a header, a log or a state key: it is bounded where it enters. A client's is refused, a provider's
/// is cut, and the cut shows: it ends in "..." and a hash of the whole, so that two long ids do not become one.
/// </summary>
public static class BoundedText
{
    /// <summary>Characters of a name or an id.</summary>
    public const int MaxName = 256;

    /// <summary>Characters of a provider's message: what clients act on stands in its first lines.</summary>
    public const int MaxMessage = 4096;

    private const int HashDigits = 16;
    private const int BytesPerCharacter = 4;

    public static string Cut(string text, int most = MaxName) =>
        text.Length <= most ? text : Marked(text, most, MemoryMarshal.AsBytes(text.AsSpan()));

    /// <summary>The text of a JSON token as it is written, without making a string of all of it.</summary>
    /// <param name="reader">On a string.</param>
    /// <param name="most">Characters.</param>
    public static string Read(in Utf8JsonReader reader, int most = MaxName)
    {
        var text = reader.ValueSpan;
        return text.Length <= most * BytesPerCharacter
            ? Cut(Encoding.UTF8.GetString(text), most)
            : Marked(Encoding.UTF8.GetString(text[..(most * BytesPerCharacter)]), most, text);
    }

    private static string Marked(string text, int most, ReadOnlySpan<byte> whole)
    {
        var kept = most - HashDigits - 3;
        // Not in the middle of a surrogate pair.
        if (char.IsHighSurrogate(text[kept - 1]))
            kept--;
        return string.Concat(text.AsSpan(0, kept), "...", Convert.ToHexStringLower(SHA256.HashData(whole)).AsSpan(0, HashDigits));
    }
}
