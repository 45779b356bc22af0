using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Gateway.Providers.Requests;
using Gateway.Providers.Text;

namespace Gateway.Providers.Dialects;

/// <summary>Parts of the client's request that go into the provider's as their own bytes: parsing them again could only change them.</summary>
internal static class RawJson
{
    public static void WriteRaw(this Utf8JsonWriter json, JsonElement element) => json.WriteRaw(JsonMarshal.GetRawUtf8Value(element));

    public static void WriteRaw(this Utf8JsonWriter json, RawValue value) => json.WriteRaw(value.Span);

    private static void WriteRaw(this Utf8JsonWriter json, ReadOnlySpan<byte> value) =>
        json.WriteRawValue(ReplaceLoneSurrogates(value), skipInputValidation: true);

    /// <summary>A text of the request as a member.</summary>
    public static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, RequestText text)
    {
        json.WritePropertyName(name);
        text.WriteTo(json);
    }

    /// <summary>
    /// An escape of half a character, which some clients cut emojis into and most providers refuse the whole request for, becomes U+FFFD
    /// (rule E161).
    /// </summary>
    public static ReadOnlySpan<byte> ReplaceLoneSurrogates(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
            return json;
        var whole = json.ToArray();
        for (var at = 0; at < whole.Length; at++)
        {
            if (whole[at] != '\\')
                continue;
            if (CodeUnit(whole.AsSpan(at)) is not { } unit)
            {
                at++;
                continue;
            }

            if (char.IsHighSurrogate(unit) && CodeUnit(whole.AsSpan(at + 6)) is { } next && char.IsLowSurrogate(next))
            {
                at += 11;
                continue;
            }

            if (char.IsSurrogate(unit))
                "\\ufffd"u8.CopyTo(whole.AsSpan(at));
            at += 5;
        }

        return whole;
    }

    /// <summary>What an escape with digits stands for; null for anything else.</summary>
    private static char? CodeUnit(ReadOnlySpan<byte> escape) =>
        escape.Length >= 6
            && escape.StartsWith("\\u"u8)
            && ushort.TryParse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;

    /// <summary>Media of megabytes go from the one body to the other without becoming a string on the way.</summary>
    /// <param name="head">What stands before the data, such as the head of a data URL; may be empty.</param>
    public static void WriteBase64(this Utf8JsonWriter json, string head, MediaSource.Base64 source)
    {
        json.WriteStringValueSegment(Encoding.UTF8.GetBytes(head), isFinalSegment: false);
        var raw = source.Data.Span[1..^1];
        if (raw.Contains((byte)'\\'))
            json.WriteStringValueSegment(Encoding.UTF8.GetBytes(source.Data.Text()), isFinalSegment: true);
        else
            json.WriteStringValueSegment(raw, isFinalSegment: true);
    }
}
