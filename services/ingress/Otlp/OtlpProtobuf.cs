using System.Buffers;
using System.Text;

namespace Gateway.Ingress.Otlp;

/// <summary>
/// Telemetry as OTLP's protobuf, with who has sent it. Only the messages on the way to attributes are looked into, by the numbers of their fields
/// (opentelemetry-proto 1.x); every other field goes on byte by byte, known or not.
/// </summary>
internal static class OtlpProtobuf
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    private static readonly Message ResourceMessage = new() { Attributes = 1, IsResource = true };

    private static readonly Message Metrics = ExportOf(ScopesOf(new Message
    {
        // Gauge, sum, histogram, exponential histogram, summary.
        Inner = new()
        {
            [5] = Points(7),
            [7] = Points(7),
            [9] = Points(9),
            [10] = Points(1),
            [11] = Points(7),
        },
    }));

    private static readonly Message Logs = ExportOf(ScopesOf(new Message { Attributes = 6 }));

    // A span has events and links with attributes of their own.
    private static readonly Message Traces = ExportOf(ScopesOf(new Message
    {
        Attributes = 9,
        Inner = new() { [11] = new() { Attributes = 3 }, [13] = new() { Attributes = 4 } },
    }));

    /// <summary>Null where it is none, or would become far more than it was.</summary>
    public static byte[]? Rewrite(ReadOnlySpan<byte> body, OtlpSignals signal, OtlpSender sender)
    {
        var output = new ArrayBufferWriter<byte>(body.Length + 256);
        var message = signal switch { OtlpSignals.Metrics => Metrics, OtlpSignals.Logs => Logs, _ => Traces };
        return TryWrite(body, message, sender, OtlpSender.MostOf(body.Length), output) ? output.WrittenSpan.ToArray() : null;
    }

    private static bool TryWrite(ReadOnlySpan<byte> message, Message form, OtlpSender sender, int most, ArrayBufferWriter<byte> output)
    {
        string? session = null;
        var hasResource = false;
        while (message.Length > 0)
        {
            var rest = message;
            if (!TryReadVarint(ref rest, out var tag) || tag >> 3 is 0 or > int.MaxValue)
                return false;
            var field = (int)(tag >> 3);
            if (!TryReadValue(ref rest, (int)(tag & 7), out var value))
                return false;
            var whole = message[..^rest.Length];
            message = rest;
            if ((tag & 7) == Bytes && form.Inner.TryGetValue(field, out var inner))
            {
                hasResource |= inner.IsResource;
                var written = new ArrayBufferWriter<byte>(value.Length + 128);
                if (!TryWrite(value, inner, sender, most, written) || output.WrittenCount + written.WrittenCount > most)
                    return false;
                WriteBytes(output, field, written.WrittenSpan);
                continue;
            }

            if ((tag & 7) == Bytes && field == form.Attributes)
            {
                if (!TryReadAttribute(value, out var name, out var text))
                    return false;
                if (name.StartsWith(OtlpSender.Prefix, StringComparison.Ordinal))
                    continue;
                if (name == OtlpSender.ClientSession)
                    session = text;
            }
            else if (form.IsExport)
            {
                // There is no other field: these are other bytes.
                return false;
            }

            output.Write(whole);
        }

        if (session is { Length: > 0 } && sender.SessionOf(session) is { } known)
            WriteAttribute(output, form.Attributes, OtlpSender.Session, known);
        if (form.IsResource)
            WriteIdentity(output, sender);
        if (form.HasResource && !hasResource)
        {
            var resource = new ArrayBufferWriter<byte>(128);
            WriteIdentity(resource, sender);
            WriteBytes(output, 1, resource.WrittenSpan);
        }

        return true;
    }

    private static void WriteIdentity(ArrayBufferWriter<byte> output, OtlpSender sender)
    {
        foreach (var (name, value) in sender.Attributes)
            WriteAttribute(output, ResourceMessage.Attributes, name, value);
    }

    /// <summary>KeyValue: key 1, value 2, an AnyValue whose text is 1.</summary>
    private static bool TryReadAttribute(ReadOnlySpan<byte> attribute, out string name, out string? text)
    {
        (name, text) = ("", null);
        while (attribute.Length > 0)
        {
            if (!TryReadVarint(ref attribute, out var tag) || !TryReadValue(ref attribute, (int)(tag & 7), out var value))
                return false;
            if (tag == ((1 << 3) | Bytes))
                name = Encoding.UTF8.GetString(value);
            else if (tag == ((2 << 3) | Bytes) && TryReadVarint(ref value, out var inner) && inner == ((1 << 3) | Bytes)
                && TryReadValue(ref value, Bytes, out var chars))
                text = Encoding.UTF8.GetString(chars);
        }

        return true;
    }

    private static bool TryReadValue(ref ReadOnlySpan<byte> from, int type, out ReadOnlySpan<byte> value)
    {
        value = default;
        var length = 0;
        switch (type)
        {
            case Varint:
                return TryReadVarint(ref from, out _);
            case Fixed64:
                length = 8;
                break;
            case Fixed32:
                length = 4;
                break;
            case Bytes when TryReadVarint(ref from, out var announced) && announced <= (ulong)from.Length:
                length = (int)announced;
                break;
            default:
                return false;
        }

        if (length > from.Length)
            return false;
        value = from[..length];
        from = from[length..];
        return true;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> from, out ulong value)
    {
        value = 0;
        for (var i = 0; i < from.Length && i < 10; i++)
        {
            value |= (ulong)(from[i] & 0x7f) << (7 * i);
            if (from[i] < 0x80)
            {
                from = from[(i + 1)..];
                return true;
            }
        }

        return false;
    }

    private static void WriteAttribute(ArrayBufferWriter<byte> output, int field, string name, string value)
    {
        var text = new ArrayBufferWriter<byte>(64);
        WriteBytes(text, 1, Encoding.UTF8.GetBytes(value));
        var attribute = new ArrayBufferWriter<byte>(128);
        WriteBytes(attribute, 1, Encoding.UTF8.GetBytes(name));
        WriteBytes(attribute, 2, text.WrittenSpan);
        WriteBytes(output, field, attribute.WrittenSpan);
    }

    private static void WriteBytes(ArrayBufferWriter<byte> output, int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(output, ((ulong)field << 3) | Bytes);
        WriteVarint(output, (ulong)value.Length);
        output.Write(value);
    }

    private static void WriteVarint(ArrayBufferWriter<byte> output, ulong value)
    {
        while (value >= 0x80)
        {
            output.Write([(byte)(value | 0x80)]);
            value >>= 7;
        }

        output.Write([(byte)value]);
    }

    /// <summary>Of each signal: resources 1, in each the resource 1 and what it has sent.</summary>
    private static Message ExportOf(Message scopes) => new()
    {
        IsExport = true,
        Inner = new() { [1] = new() { HasResource = true, Inner = new(scopes.Inner) { [1] = ResourceMessage } } },
    };

    /// <summary>In each resource its scopes 2, in these what describes the scope 1 and the items 2.</summary>
    private static Message ScopesOf(Message item) => Of(2, new Message { Inner = new() { [1] = new() { Attributes = 3 }, [2] = item } });

    private static Message Of(int field, Message inner) => new() { Inner = new() { [field] = inner } };

    private static Message Points(int attributes) => Of(1, new Message { Attributes = attributes });

    private sealed class Message
    {
        /// <summary>Messages that are looked into, by their field.</summary>
        public Dictionary<int, Message> Inner { get; init; } = [];

        /// <summary>The field of its attributes; 0: it has none of interest.</summary>
        public int Attributes { get; init; }

        public bool IsExport { get; init; }

        public bool IsResource { get; init; }

        public bool HasResource { get; init; }
    }
}
