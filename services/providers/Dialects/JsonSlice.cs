using System.Buffers.Text;
using System.Globalization;
using Gateway.Contracts.Usage;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>Reads values of a provider's JSON as spans, without copying them.</summary>
internal static class JsonSlice
{
    /// <summary>The raw value of an object's member; empty where there is none or <paramref name="json"/> is no object.</summary>
    public static ReadOnlySpan<byte> Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        if (json.Length == 0 || json[0] != '{')
            return default;
        var cursor = new JsonCursor(json);
        cursor.Enter('{');
        return cursor.Find(name);
    }

    /// <summary>An object without the white space of a provider that writes its JSON to be looked at.</summary>
    public static ReadOnlySpan<byte> Compact(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf((byte)'\n') < 0)
            return json;
        var compact = new List<byte>(json.Length);
        var (inString, escaped) = (false, false);
        foreach (var b in json)
        {
            if (!inString && (b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                continue;
            compact.Add(b);
            inString ^= b == '"' && !escaped;
            escaped = inString && b == '\\' && !escaped;
        }

        return compact.ToArray();
    }

    public static bool IsNull(ReadOnlySpan<byte> value) => value.SequenceEqual("null"u8);

    /// <summary>The text of a raw string value; empty for anything else.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[0] != '"')
            return default;
        var content = value[1..^1];
        return content.Contains((byte)'\\') ? JsonText.Unescape(content) : content;
    }

    /// <summary>The text of a raw string value that continues an earlier part.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> value, TextDecoder decoder) =>
        value.Length < 2 || value[0] != '"' ? default : decoder.Read(value[1..^1]);

    /// <summary>An amount of money; null for anything else.</summary>
    public static decimal? Money(ReadOnlySpan<byte> value) =>
        value.Length > 0 && decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var amount) && amount >= 0 ? amount : null;

    /// <summary>
    /// A count of tokens; null, which is "not said", for what cannot be one: below 0, not whole, text, or larger than any context there is.
    /// </summary>
    public static long? Count(ReadOnlySpan<byte> value) =>
        Number(value) is { } number and >= 0 and <= TokenUsage.MostBelievable && value.IndexOfAny((byte)'.', (byte)'e', (byte)'E') < 0 ? number : null;

    public static long? Number(ReadOnlySpan<byte> value)
    {
        if (value.Length == 0 || value[0] is not ((>= (byte)'0' and <= (byte)'9') or (byte)'-'))
            return null;
        if (Utf8Parser.TryParse(value, out long number, out var used) && used == value.Length)
            return number;
        return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && Math.Abs(real) < long.MaxValue ? (long)real : null;
    }
}
