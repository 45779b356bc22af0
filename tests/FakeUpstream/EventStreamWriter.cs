using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Gateway.Fakes;

/// <summary>Writes the frames of Amazon's binary event stream.</summary>
public static class EventStreamWriter
{
    /// <summary>A chunk with an event of Anthropic's.</summary>
    public static byte[] Chunk(string json) => Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}}","p":"abcdefgh"}""");

    public static byte[] Event(string type, string payload) =>
        Frame([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], payload);

    public static byte[] Exception(string type, string payload) =>
        Frame([(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], payload);

    public static byte[] Error(string code, string message) =>
        Frame([(":message-type", "error"), (":error-code", code), (":error-message", message)], "");

    public static byte[] Frame((string Name, string Value)[] headers, string payload)
    {
        using var head = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            head.WriteByte((byte)name.Length);
            head.Write(Encoding.ASCII.GetBytes(name));
            head.WriteByte(7);
            head.Write([(byte)(value.Length >> 8), (byte)value.Length]);
            head.Write(Encoding.ASCII.GetBytes(value));
        }

        var body = Encoding.UTF8.GetBytes(payload);
        var frame = new byte[12 + head.Length + body.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)frame.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)head.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32.HashToUInt32(frame.AsSpan(0, 8)));
        head.ToArray().CopyTo(frame, 12);
        body.CopyTo(frame, 12 + head.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32.HashToUInt32(frame.AsSpan(0, frame.Length - 4)));
        return frame;
    }
}
