namespace Dapr.Actors.Wire;

/// <summary>CRC-64 with the polynomial of ECMA-182, all ones in and out: the ids of actor interfaces and methods.</summary>
internal static class Crc64
{
    private const ulong Polynomial = 0x42F0E1EBA9EA3693;

    private static readonly ulong[] Table = [.. Enumerable.Range(0, 256).Select(Entry)];

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var crc = ulong.MaxValue;
        foreach (var value in bytes) crc = Table[(byte)((crc >> 56) ^ value)] ^ (crc << 8);
        return ~crc;
    }

    private static ulong Entry(int index)
    {
        var crc = (ulong)index << 56;
        for (var bit = 0; bit < 8; bit++) crc = (crc & (1UL << 63)) == 0 ? crc << 1 : (crc << 1) ^ Polynomial;
        return crc;
    }
}
