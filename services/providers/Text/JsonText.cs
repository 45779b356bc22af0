using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Text;

/// <summary>
/// Decodes JSON strings that <c>GetString</c> refuses: a lone surrogate escape is legal JSON and real, since providers cut a delta in the
/// middle of an emoji (rule E161). What is left alone in the end becomes U+FFFD, because UTF-8 can't carry it.
/// </summary>
public static class JsonText
{
    /// <summary>The most bytes one escape decodes to, with the replacement of half a character before it.</summary>
    private const int MaxBytesPerEscape = 8;

    /// <summary>What the gateway's writer never escapes; everything else is looked at.</summary>
    private static readonly SearchValues<byte> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', 95).Select(c => (byte)c).Where(c => c is not ((byte)'"' or (byte)'\\'))]);

    private static ReadOnlySpan<byte> Replacement => "\uFFFD"u8;

    /// <summary>A string element; the text of any other element.</summary>
    public static string Read(JsonElement element)
    {
        var raw = JsonMarshal.GetRawUtf8Value(element);
        if (element.ValueKind != JsonValueKind.String)
            return Encoding.UTF8.GetString(raw);
        return ReadContent(raw[1..^1]);
    }

    /// <summary>The inside of a JSON string, which is valid UTF-8.</summary>
    public static string ReadContent(ReadOnlySpan<byte> content)
    {
        if (!content.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(content);
        var buffer = ArrayPool<byte>.Shared.Rent(MaxDecodedBytes(content));
        var text = Encoding.UTF8.GetString(buffer.AsSpan(0, Decode(content, buffer)));
        ArrayPool<byte>.Shared.Return(buffer);
        return text;
    }

    /// <summary>The room that a JSON string needs for <see cref="Decode(ReadOnlySpan{byte}, Span{byte})"/>.</summary>
    public static int MaxDecodedBytes(ReadOnlySpan<byte> json) => json.Length + MaxBytesPerEscape;

    /// <summary>The inside of a JSON string that has escapes, decoded. A high surrogate at its very end is left out.</summary>
    public static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> json)
    {
        var output = new ArrayBufferWriter<byte>(MaxDecodedBytes(json));
        var pending = '\0';
        Decode(json, output, ref pending);
        return output.WrittenSpan;
    }

    /// <summary>
    /// Decodes the inside of a JSON string (without its quotes). A high surrogate at its very end stays in <paramref name="pending"/> for
    /// the next part.
    /// </summary>
    public static void Decode(ReadOnlySpan<byte> json, IBufferWriter<byte> output, ref char pending)
    {
        // Escapes are ASCII, so what is between them is valid if the whole is.
        if (!Utf8.IsValid(json))
            json = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        while (json.Length > 0)
        {
            output.Advance(DecodeSome(json, output.GetSpan(MaxDecodedBytes(json)), ref pending, out var used));
            json = json[used..];
        }
    }

    /// <summary>Decodes the inside of a JSON string, which is valid UTF-8, into a buffer of the size that <see cref="MaxDecodedBytes"/> says.</summary>
    public static int Decode(ReadOnlySpan<byte> json, Span<byte> target)
    {
        var pending = '\0';
        var written = DecodeSome(json, target, ref pending, out _);
        return written + Flush(target[written..], ref pending);
    }

    /// <summary>Decodes as much of the inside of a JSON string, which is valid UTF-8, as the target has room for.</summary>
    /// <returns>The bytes written.</returns>
    public static int DecodeSome(ReadOnlySpan<byte> json, Span<byte> target, ref char pending, out int used)
    {
        var (from, to) = (0, 0);
        while (from < json.Length && target.Length - to >= MaxBytesPerEscape)
        {
            if (json[from] != '\\')
            {
                to += Flush(target[to..], ref pending);
                var rest = json[from..];
                var length = rest.IndexOf((byte)'\\');
                length = Math.Min(length < 0 ? rest.Length : length, target.Length - to);
                rest[..length].CopyTo(target[to..]);
                from += length;
                to += length;
            }
            else if (json[from + 1] == 'u')
            {
                var unit = (char)((Hex(json[from + 2]) << 12) | (Hex(json[from + 3]) << 8) | (Hex(json[from + 4]) << 4) | Hex(json[from + 5]));
                from += 6;
                to += WriteUnit(unit, target[to..], ref pending);
            }
            else
            {
                to += Flush(target[to..], ref pending);
                target[to++] = Unescape(json[from + 1]);
                from += 2;
            }
        }

        used = from;
        return to;
    }

    /// <summary>
    /// Whether the inside of a valid JSON string is just what the gateway's writer would make of its text, so that it may be copied as it
    /// is. Most are; the others have escapes that need not be, or none where the writer has one.
    /// </summary>
    public static bool IsAsWritten(ReadOnlySpan<byte> json)
    {
        for (var at = 0; at < json.Length;)
        {
            if (json.Length - at < Vector256<byte>.Count)
            {
                if (Plain.Contains(json[at]))
                    at++;
                else if (!IsPartAsWritten(json, ref at))
                    return false;
                continue;
            }

            var block = at;
            var bytes = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(json), (nuint)block);
            var isEscape = Vector256.Equals(bytes, Vector256.Create((byte)'\\'));
            var isControl = Vector256.LessThan(bytes, Vector256.Create((byte)' '));
            var isNotAscii = Vector256.GreaterThan(bytes, Vector256.Create((byte)'~'));
            var odd = (isEscape | isControl | isNotAscii).ExtractMostSignificantBits();
            while (odd != 0)
            {
                at = block + BitOperations.TrailingZeroCount(odd);
                if (!IsPartAsWritten(json, ref at))
                    return false;
                var past = at - block;
                odd = past < Vector256<byte>.Count ? odd & (uint.MaxValue << past) : 0;
            }

            at = Math.Max(at, block + Vector256<byte>.Count);
        }

        return true;
    }

    /// <summary>The same for one escape, or for a run of what is not plain ASCII.</summary>
    private static bool IsPartAsWritten(ReadOnlySpan<byte> json, ref int at)
    {
        if (json[at] == '\\')
        {
            at += 2;
            return json[at - 1] is (byte)'n' or (byte)'"' or (byte)'\\' or (byte)'t' or (byte)'r' or (byte)'b' or (byte)'f';
        }

        var rest = json[at..];
        var length = rest.IndexOfAnyInRange((byte)' ', (byte)'~');
        var run = length < 0 ? rest : rest[..length];
        at += run.Length;
        return GatewayJson.WriterOptions.Encoder!.FindFirstCharacterToEncodeUtf8(run) < 0;
    }

    /// <summary>Writes U+FFFD for a high surrogate whose other half never came.</summary>
    private static int Flush(Span<byte> target, ref char pending)
    {
        if (pending == '\0')
            return 0;
        pending = '\0';
        Replacement.CopyTo(target);
        return Replacement.Length;
    }

    private static int WriteUnit(char unit, Span<byte> target, ref char pending)
    {
        if (char.IsLowSurrogate(unit) && pending != '\0')
        {
            var whole = new Rune(pending, unit);
            pending = '\0';
            return whole.EncodeToUtf8(target);
        }

        var written = Flush(target, ref pending);
        if (char.IsHighSurrogate(unit))
        {
            pending = unit;
            return written;
        }

        return written + (char.IsLowSurrogate(unit) ? Rune.ReplacementChar : new Rune(unit)).EncodeToUtf8(target[written..]);
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
