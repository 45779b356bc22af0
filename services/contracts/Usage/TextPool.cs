using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Gateway.Contracts.Usage;

/// <summary>
/// Strings that come again and again, as models and keys do in usage events: one that was made lately is given out again. A bounded table
/// that anyone may use at any time: what two threads put into one place at once is lost for one of them, and made anew.
/// </summary>
internal static class TextPool
{
    private const int Slots = 1024;
    private const int MaxLength = 128;

    private static readonly string?[] Known = new string?[Slots];

    /// <summary>Null for what must not be kept: text that is long, or not ASCII.</summary>
    public static string? Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > MaxLength)
            return null;
        ref var slot = ref Known[Hash(utf8) % Slots];
        if (slot is { } known && Ascii.Equals(utf8, known))
            return known;
        return Ascii.IsValid(utf8) ? slot = Encoding.ASCII.GetString(utf8) : null;
    }

    /// <summary>Not for a table that a stranger could fill up: a clash costs a string.</summary>
    internal static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Odd = 0x9E37_79B9_7F4A_7C15;
        var hash = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = unchecked((BitOperations.RotateLeft(hash, 5) ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Odd);
        foreach (var value in bytes)
            hash = unchecked((BitOperations.RotateLeft(hash, 5) ^ value) * Odd);
        return (uint)(hash >> 32);
    }
}
