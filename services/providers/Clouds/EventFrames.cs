using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using Gateway.Contracts.Json;

namespace Gateway.Providers.Clouds;

/// <summary>What is wrong with a stream of frames.</summary>
public sealed class BrokenFrameException(string message) : IOException(message);

/// <summary>
/// Amazon's binary event stream, turned into server-sent events:
/// <code>
///   total length u32 | headers length u32 | CRC-32 of these 8 | headers | payload | CRC-32 of all before       big endian
///   header: name length u8, name, type u8 (7: text), value length u16, value
///   payload of a chunk: {"bytes":"(an event of Anthropic's in base64)","p":"(padding)"}
/// </code>
/// https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html. Nothing is allocated for an event.
/// </summary>
public static class EventFrames
{
    public const string ContentType = "application/vnd.amazon.eventstream";

    /// <summary>The lengths and their checksum.</summary>
    public const int PreludeBytes = 12;

    private const int ChecksumBytes = 4;
    private const int LeastFrameBytes = PreludeBytes + ChecksumBytes;
    private const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>How long the frame is that begins here; 0 where too little is there to tell.</summary>
    /// <exception cref="BrokenFrameException">No frame begins here.</exception>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < PreludeBytes)
            return 0;
        var total = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (Crc32.HashToUInt32(bytes[..8]) != BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]))
            throw new BrokenFrameException("The lengths of a frame do not have their checksum.");
        // Before room is made for it.
        if (total is < LeastFrameBytes or > MaxFrameBytes || headers > total - LeastFrameBytes)
            throw new BrokenFrameException($"A frame of {total} bytes with headers of {headers} is none.");
        return (int)total;
    }

    /// <summary>Writes the event of a whole frame.</summary>
    /// <returns>False where the stream has ended with it: nothing that follows counts.</returns>
    /// <exception cref="BrokenFrameException">The frame is damaged, or not one of a model's answer.</exception>
    public static bool Write(ReadOnlySpan<byte> frame, IBufferWriter<byte> output)
    {
        var checkedBytes = frame[..^ChecksumBytes];
        if (Crc32.HashToUInt32(checkedBytes) != BinaryPrimitives.ReadUInt32BigEndian(frame[^ChecksumBytes..]))
            throw new BrokenFrameException("A frame does not have its checksum.");
        var headersLength = (int)BinaryPrimitives.ReadUInt32BigEndian(frame[4..]);
        var headers = Headers.Read(frame.Slice(PreludeBytes, headersLength));
        var payload = checkedBytes[(PreludeBytes + headersLength)..];
        if (headers.MessageType.SequenceEqual("exception"u8))
        {
            WriteError(DoorError.OfException(Encoding.UTF8.GetString(headers.ExceptionType), payload), output);
            return false;
        }

        if (headers.MessageType.SequenceEqual("error"u8))
        {
            var text = headers.ErrorMessage.IsEmpty ? headers.ErrorCode : headers.ErrorMessage;
            WriteError(new DoorError(500, "api_error", Encoding.UTF8.GetString(text)), output);
            return false;
        }

        if (headers.MessageType.SequenceEqual("event"u8) && headers.EventType.SequenceEqual("chunk"u8))
            WriteChunk(payload, output);
        return true;
    }

    private static void WriteChunk(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        try
        {
            var reader = new Utf8JsonReader(payload, GatewayJson.ReaderOptions);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new BrokenFrameException("The payload of a frame is no object.");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isBytes = reader.ValueTextEquals("bytes"u8);
                reader.Read();
                if (isBytes && reader.TokenType == JsonTokenType.String)
                {
                    WriteEvent(ref reader, output);
                    return;
                }

                reader.Skip();
            }
        }
        catch (JsonException e)
        {
            throw new BrokenFrameException($"The payload of a frame is not JSON. {e.Message}");
        }
    }

    private static void WriteEvent(ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        byte[]? unescaped = null;
        var encoded = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            // A slash may be written as \/.
            unescaped = ArrayPool<byte>.Shared.Rent(encoded.Length);
            encoded = unescaped.AsSpan(0, reader.CopyString(unescaped));
        }

        var decoded = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(encoded.Length));
        try
        {
            if (Base64.DecodeFromUtf8(encoded, decoded, out _, out var length) != OperationStatus.Done)
                throw new BrokenFrameException("The event of a frame is not base64.");
            WriteEvent(decoded.AsSpan(0, length), output);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(decoded);
            if (unescaped is not null)
                ArrayPool<byte>.Shared.Return(unescaped);
        }
    }

    private static void WriteEvent(ReadOnlySpan<byte> json, IBufferWriter<byte> output)
    {
        if (json.IndexOfAny((byte)'\n', (byte)'\r') >= 0)
            throw new BrokenFrameException("An event has a line break, which would end it.");
        // What has no type is only a sign of life.
        if (TypeOf(json) is not { IsEmpty: false } type)
            return;
        output.Write("event: "u8);
        output.Write(type);
        output.Write("\ndata: "u8);
        OwnMembers.Write(json, Doors.Bedrock.OwnMembers!, output);
        output.Write("\n\n"u8);
    }

    /// <summary>The event's <c>type</c>, mostly its first member.</summary>
    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> json)
    {
        var begin = "{\"type\":\""u8;
        if (json.StartsWith(begin))
        {
            var rest = json[begin.Length..];
            var end = rest.IndexOfAny((byte)'"', (byte)'\\');
            if (end > 0 && rest[end] == '"')
                return rest[..end];
        }

        var reader = new Utf8JsonReader(json, GatewayJson.ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType)
                return reader.TokenType == JsonTokenType.String && !reader.ValueIsEscaped ? reader.ValueSpan : default;
            reader.Skip();
        }

        return default;
    }

    private static void WriteError(DoorError error, IBufferWriter<byte> output)
    {
        output.Write("event: error\ndata: "u8);
        output.Write(error.ToJson());
        output.Write("\n\n"u8);
    }

    private ref struct Headers
    {
        private const byte Text = 7;

        public ReadOnlySpan<byte> MessageType { get; private set; }
        public ReadOnlySpan<byte> EventType { get; private set; }
        public ReadOnlySpan<byte> ExceptionType { get; private set; }
        public ReadOnlySpan<byte> ErrorCode { get; private set; }
        public ReadOnlySpan<byte> ErrorMessage { get; private set; }

        public static Headers Read(ReadOnlySpan<byte> bytes)
        {
            var headers = default(Headers);
            while (!bytes.IsEmpty)
            {
                var name = Take(ref bytes, Take(ref bytes, 1)[0]);
                var value = Value(ref bytes, Take(ref bytes, 1)[0]);
                if (name.SequenceEqual(":message-type"u8))
                    headers.MessageType = value;
                else if (name.SequenceEqual(":event-type"u8))
                    headers.EventType = value;
                else if (name.SequenceEqual(":exception-type"u8))
                    headers.ExceptionType = value;
                else if (name.SequenceEqual(":error-code"u8))
                    headers.ErrorCode = value;
                else if (name.SequenceEqual(":error-message"u8))
                    headers.ErrorMessage = value;
            }

            return headers;
        }

        /// <summary>Values of other types than text are stepped over.</summary>
        private static ReadOnlySpan<byte> Value(scoped ref ReadOnlySpan<byte> bytes, byte type) => type switch
        {
            0 or 1 => default,
            2 => Take(ref bytes, 1),
            3 => Take(ref bytes, 2),
            4 => Take(ref bytes, 4),
            5 or 8 => Take(ref bytes, 8),
            6 or Text => Take(ref bytes, BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2))),
            9 => Take(ref bytes, 16),
            _ => throw new BrokenFrameException($"A header of a frame has the unknown type {type}."),
        };

        private static ReadOnlySpan<byte> Take(scoped ref ReadOnlySpan<byte> bytes, int count)
        {
            if (bytes.Length < count)
                throw new BrokenFrameException("The headers of a frame end in the middle of one.");
            var taken = bytes[..count];
            bytes = bytes[count..];
            return taken;
        }
    }
}
