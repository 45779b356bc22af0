using System.Buffers.Binary;
using System.Text;

namespace Gateway.Tests.LocalSidecar;

/// <summary>Protocol buffers by hand: what is sent and what is expected is written byte by byte, not by the library that the sidecar uses.</summary>
internal sealed class ProtoBytes
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public ProtoBytes Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public ProtoBytes Message(int field, ProtoBytes message) => Bytes(field, message.ToArray());

    public ProtoBytes Entry(int field, string key, string value) => Message(field, new ProtoBytes().Text(1, key).Text(2, value));

    public ProtoBytes Number(int field, ulong value)
    {
        Varint((ulong)field << 3);
        Varint(value);
        return this;
    }

    public ProtoBytes Bytes(int field, byte[] value)
    {
        Varint(((ulong)field << 3) | 2);
        Varint((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    public byte[] Framed()
    {
        var framed = new byte[5 + _bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), (uint)_bytes.Length);
        ToArray().CopyTo(framed, 5);
        return framed;
    }

    /// <summary>The fields of a message that has no numbers in it.</summary>
    public static List<(int Field, byte[] Value)> Read(ReadOnlySpan<byte> message)
    {
        var fields = new List<(int, byte[])>();
        while (message.Length > 0)
        {
            var tag = ReadVarint(ref message);
            Assert.Equal(2UL, tag & 7);
            var length = (int)ReadVarint(ref message);
            fields.Add(((int)(tag >> 3), message[..length].ToArray()));
            message = message[length..];
        }

        return fields;
    }

    private static ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }
    }

    private void Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            _bytes.WriteByte((byte)(value | 0x80));
        _bytes.WriteByte((byte)value);
    }
}
