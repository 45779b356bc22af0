using Google.Protobuf;

namespace Gateway.Local.Sidecar.Grpc;

/// <summary>What the messages of <c>dapr.proto.runtime.v1</c> have in common on the wire.</summary>
internal static class Wire
{
    /// <summary>The tag of a field that holds a string, bytes or a message.</summary>
    public const uint Bytes = (uint)WireFormat.WireType.LengthDelimited;

    /// <summary>The tag of a field that holds an enum.</summary>
    public const uint Varint = (uint)WireFormat.WireType.Varint;

    /// <summary>Adds one entry of a <c>map&lt;string, string&gt;</c>; as in any map, the last of a key wins.</summary>
    public static void ReadEntry(CodedInputStream input, Dictionary<string, string> map)
    {
        var entry = input.ReadBytes().CreateCodedInput();
        string key = "", value = "";
        while (entry.ReadTag() is var tag && tag != 0)
        {
            switch (tag)
            {
                case (1 << 3) | Bytes:
                    key = entry.ReadString();
                    break;
                case (2 << 3) | Bytes:
                    value = entry.ReadString();
                    break;
                default:
                    entry.SkipLastField();
                    break;
            }
        }

        map[key] = value;
    }

    public static void WriteMap(CodedOutputStream output, int field, IEnumerable<KeyValuePair<string, string>> map)
    {
        foreach (var (key, value) in map)
        {
            WriteMessage(output, field, entry =>
            {
                WriteString(entry, 1, key);
                WriteString(entry, 2, value);
            });
        }
    }

    public static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var buffer = new MemoryStream();
        using (var message = new CodedOutputStream(buffer, leaveOpen: true))
            write(message);
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(UnsafeByteOperations.UnsafeWrap(buffer.GetBuffer().AsMemory(0, (int)buffer.Length)));
    }

    public static void WriteString(CodedOutputStream output, int field, string value)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(value);
    }
}
