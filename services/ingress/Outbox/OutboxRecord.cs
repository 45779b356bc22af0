using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Text.Json;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// How an event stands in the log: its JSON, a tab (which JSON never has unescaped), the CRC-32C of the JSON in eight hex digits, the end of
/// the line. So a damaged record is known as one, and where the next begins can be found behind any damage.
/// </summary>
internal static class OutboxRecord
{
    /// <summary>What a record is longer by than its JSON.</summary>
    public const int Frame = 1 + Digits + 1;

    /// <summary>No record is longer: what enters an event is bounded. What has no line end for so long is damaged.</summary>
    public const int MaxBytes = 1024 * 1024;

    private const int Digits = 8;

    /// <summary>Writes what follows the JSON.</summary>
    public static void Finish(IBufferWriter<byte> output, ReadOnlySpan<byte> json)
    {
        var end = output.GetSpan(Frame);
        end[0] = (byte)'\t';
        Utf8Formatter.TryFormat(Checksum(json), end[1..], out _, new StandardFormat('x', Digits));
        end[Frame - 1] = (byte)'\n';
        output.Advance(Frame);
    }

    /// <param name="start">Where the line begins in its segment.</param>
    /// <param name="line">With its end.</param>
    public static OutboxLine Read(long start, ReadOnlyMemory<byte> line)
    {
        var json = line.Length > Frame ? line[..^Frame] : default;
        return IsWhole(json.Span, line.Span[json.Length..]) && TryReadIds(json.Span, out var requestId, out var keyId)
            ? new OutboxLine(start, line.Length, requestId, keyId, json)
            : new OutboxLine(start, line.Length, null, null, line);
    }

    /// <summary>CRC-32C (Castagnoli): the processor has an instruction for it.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes)
            sum = BitOperations.Crc32C(sum, b);
        return ~sum;
    }

    private static bool IsWhole(ReadOnlySpan<byte> json, ReadOnlySpan<byte> frame) =>
        frame.Length == Frame && frame[0] == (byte)'\t' && frame[^1] == (byte)'\n'
        && Utf8Parser.TryParse(frame[1..^1], out uint sum, out var digits, 'x') && digits == Digits && sum == Checksum(json);

    private static bool TryReadIds(ReadOnlySpan<byte> json, out string requestId, out string keyId)
    {
        requestId = keyId = "";
        try
        {
            var reader = new Utf8JsonReader(json);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                if (reader.ValueTextEquals("request_id"u8) && reader.Read())
                    requestId = reader.GetString() ?? "";
                else if (reader.ValueTextEquals("key_id"u8) && reader.Read())
                    keyId = reader.GetString() ?? "";
            }

            return requestId.Length > 0 && keyId.Length > 0;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Whole, and no event of ours.
            return false;
        }
    }
}
