using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gateway.Providers.Text;

/// <summary>
/// Decodes JSON strings that <c>GetString</c> refuses: a lone surrogate escape is legal JSON and real, since providers cut a delta in the
/// middle of an emoji (rule E161). What is left alone in the end becomes U+FFFD, because UTF-8 can't carry it.
/// </summary>
public static class JsonText
{
    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <summary>A string element; the text of any other element.</summary>
    public static string Read(JsonElement element)
    {
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element);
        if (element.ValueKind != JsonValueKind.String)
            return Encoding.UTF8.GetString(raw);
        var content = raw[1..^1];
        if (!content.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(content);
        var output = new ArrayBufferWriter<byte>(content.Length);
        var pending = '\0';
        Decode(content, output, ref pending);
        Flush(output, ref pending);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The UTF-8 text of a string token. A high surrogate at its very end stays in <paramref name="pending"/> for the next part.</summary>
    public static void Read(scoped ref Utf8JsonReader reader, IBufferWriter<byte> output, ref char pending)
    {
        if (reader.HasValueSequence)
            throw new InvalidOperationException("Events are read from one contiguous span.");
        Decode(reader.ValueSpan, output, ref pending);
    }

    /// <summary>Writes U+FFFD for a high surrogate whose other half never came.</summary>
    public static void Flush(IBufferWriter<byte> output, ref char pending)
    {
        if (pending == '\0')
            return;
        pending = '\0';
        output.Write(Replacement);
    }

    /// <summary>Decodes the inside of a JSON string (without its quotes).</summary>
    public static void Decode(ReadOnlySpan<byte> json, IBufferWriter<byte> output, ref char pending)
    {
        while (json.Length > 0)
        {
            var at = json.IndexOf((byte)'\\');
            if (at != 0)
            {
                var plain = at < 0 ? json : json[..at];
                Flush(output, ref pending);
                WriteValid(plain, output);
                json = json[plain.Length..];
                continue;
            }

            json = json[1..];
            if (json[0] != 'u')
            {
                Flush(output, ref pending);
                output.Write([Unescape(json[0])]);
                json = json[1..];
                continue;
            }

            var unit = (char)((Hex(json[1]) << 12) | (Hex(json[2]) << 8) | (Hex(json[3]) << 4) | Hex(json[4]));
            json = json[5..];
            WriteUnit(unit, output, ref pending);
        }
    }

    private static void WriteUnit(char unit, IBufferWriter<byte> output, ref char pending)
    {
        if (char.IsLowSurrogate(unit) && pending != '\0')
        {
            WriteRune(new Rune(pending, unit), output);
            pending = '\0';
            return;
        }

        Flush(output, ref pending);
        if (char.IsHighSurrogate(unit))
            pending = unit;
        else if (char.IsLowSurrogate(unit))
            output.Write(Replacement);
        else
            WriteRune(new Rune(unit), output);
    }

    private static void WriteRune(Rune rune, IBufferWriter<byte> output) => output.Advance(rune.EncodeToUtf8(output.GetSpan(4)));

    private static void WriteValid(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output)
    {
        if (Utf8.IsValid(utf8))
            output.Write(utf8);
        else
            output.Write(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(utf8)));
    }

    private static byte Unescape(byte c) => c switch
    {
        (byte)'n' => (byte)'\n',
        (byte)'t' => (byte)'\t',
        (byte)'r' => (byte)'\r',
        (byte)'b' => (byte)'\b',
        (byte)'f' => (byte)'\f',
        _ => c,
    };

    private static int Hex(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
