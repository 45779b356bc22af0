using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Gateway.Providers.Text;

/// <summary>
/// The same count for 64 bytes of ASCII at a time: a bit a byte for each kind, and what costs something is a few of them combined with
/// their neighbours.
/// <code>
///   text          g e t I t e m ( " a
///   letters       1 1 1 1 1 1 1 0 0 1
///   word begins   1 0 0 0 0 0 0 0 0 1      a letter, and none before it
///   humps         0 0 0 1 0 0 0 0 0 0      upper case, and lower case before it
/// </code>
/// </summary>
public partial struct TokenEstimate
{
    private const int BlockBytes = 64;

    /// <summary>False, and nothing is counted, where a byte is not ASCII or says nothing, or an accented letter came just before.</summary>
    private bool TryAddBlock(ReadOnlySpan<byte> block)
    {
        if (_before == Kind.Latin)
            return false;
        Span<byte> copy = stackalloc byte[BlockBytes];
        scoped var bytes = block;
        if (block.Length < BlockBytes)
        {
            copy.Clear();
            block.CopyTo(copy);
            bytes = copy;
        }

        ref var first = ref MemoryMarshal.GetReference(bytes);
        var low = Vector256.LoadUnsafe(ref first);
        var high = Vector256.LoadUnsafe(ref first, (nuint)Vector256<byte>.Count);
        var valid = ulong.MaxValue >> (BlockBytes - block.Length);
        var space = Equal(low, high, ' ') | Equal(low, high, '\t');
        var line = Equal(low, high, '\n');
        if ((InRange(low, high, '!', '\x7F') | space | line) != valid)
            return false;

        var lower = InRange(low, high, 'a', 'z');
        var upper = InRange(low, high, 'A', 'Z');
        var digit = InRange(low, high, '0', '9');
        var mark = valid & ~(lower | upper | digit | space | line);
        var length = block.Length;
        var resets = AddLetters(lower, upper, mark);
        AddDigits(digit);
        // One space belongs to the word that follows, indentation to the line break before it.
        var single = space & ~After(space, Is(Kind.Space) | Is(Kind.Spaces)) & ~After(line, Is(Kind.Line));
        _ascii += 110 * BitOperations.PopCount(space & After(single, Is(Kind.Space)));
        var lines = BitOperations.PopCount(line);
        var again = BitOperations.PopCount(line & After(line, Is(Kind.Line)));
        _ascii += (140 * (lines - again)) + (5 * again);
        AddMarks(mark, block);
        Leave(block[^1], 1UL << (length - 1), length, (lower | upper, resets), digit, single);
        return true;
    }

    private static ulong Equal(Vector256<byte> low, Vector256<byte> high, char c)
    {
        var value = Vector256.Create((byte)c);
        return Vector256.Equals(low, value).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(high, value).ExtractMostSignificantBits() << 32);
    }

    private static ulong InRange(Vector256<byte> low, Vector256<byte> high, char from, char to)
    {
        var least = Vector256.Create((byte)from);
        var width = Vector256.Create((byte)(to - from));
        return Vector256.LessThanOrEqual(low - least, width).ExtractMostSignificantBits()
            | ((ulong)Vector256.LessThanOrEqual(high - least, width).ExtractMostSignificantBits() << 32);
    }

    /// <summary>The bytes that have one of these just before them.</summary>
    private static ulong After(ulong bits, ulong before) => (bits << 1) | before;

    /// <summary>The same further back: with the bits of the bytes before the block in <paramref name="before"/>, the last one highest.</summary>
    private static ulong After(ulong bits, ulong before, int distance) => (bits << distance) | (before >> (BlockBytes - distance));

    private readonly ulong Is(Kind kind) => _before == kind ? 1UL : 0;

    /// <returns>Where the count of a word's letters begins.</returns>
    private ulong AddLetters(ulong lower, ulong upper, ulong mark)
    {
        var letter = lower | upper;
        var begins = letter & ~After(letter, Is(Kind.Lower) | Is(Kind.Upper));
        var afterMark = BitOperations.PopCount(begins & After(mark, Is(Kind.Mark)));
        var humps = upper & After(lower, Is(Kind.Lower));
        var capitals = upper & After(upper, Is(Kind.Upper));
        _ascii += (95 * (BitOperations.PopCount(begins) - afterMark)) + (50 * afterMark) + (120 * BitOperations.PopCount(humps)) +
            (25 * BitOperations.PopCount(capitals));

        // A letter from the ninth of its word on: it and the seven before it only continue one.
        var resets = begins | humps;
        var one = letter & ~resets;
        var oneBefore = _before is Kind.Lower or Kind.Upper && _length > 1 ? ulong.MaxValue << (BlockBytes - Math.Min(_length - 1, LongWord - 1)) : 0;
        var two = one & After(one, oneBefore, 1);
        var twoBefore = oneBefore & (oneBefore << 1);
        var four = two & After(two, twoBefore, 2);
        var eight = four & After(four, twoBefore & (twoBefore << 2), 4);
        _ascii += 40 * BitOperations.PopCount(eight & lower);
        return resets;
    }

    private void AddDigits(ulong digit)
    {
        if ((digit & 1) != 0 && _before == Kind.Digit)
        {
            var more = BitOperations.TrailingZeroCount(~digit);
            _ascii += 35 * (Thirds(_length + more) - Thirds(_length));
            digit &= digit + 1;
        }

        while (digit != 0)
        {
            var start = BitOperations.TrailingZeroCount(digit);
            _ascii += 105 + (35 * Thirds(BitOperations.TrailingZeroCount(~(digit >> start))));
            // The carry takes the whole run away.
            digit &= digit + (1UL << start);
        }
    }

    private static int Thirds(int digits) => (digits + 2) / 3;

    private void AddMarks(ulong mark, ReadOnlySpan<byte> block)
    {
        var follows = mark & After(mark, Is(Kind.Mark));
        var same = 0;
        for (var rest = follows; rest != 0; rest &= rest - 1)
        {
            var at = BitOperations.TrailingZeroCount(rest);
            if (block[at] == (at == 0 ? _mark : block[at - 1]))
                same++;
        }

        var following = BitOperations.PopCount(follows);
        _ascii += (80 * (BitOperations.PopCount(mark) - following)) + (42 * (following - same)) + (5 * same);
    }

    /// <summary>What the next byte has to know of this block.</summary>
    private void Leave(byte last, ulong lastBit, int length, (ulong Letters, ulong Resets) words, ulong digit, ulong single)
    {
        _missing = 0;
        if ((words.Letters & lastBit) != 0)
        {
            _length = words.Resets == 0 ? _length + length : length - (BlockBytes - 1 - BitOperations.LeadingZeroCount(words.Resets));
        }
        else if ((digit & lastBit) != 0)
        {
            var run = BitOperations.LeadingZeroCount(~(digit << (BlockBytes - length)));
            _length = run == length && _before == Kind.Digit ? _length + run : run;
        }

        _mark = (char)last;
        _before = Kinds[last] is not Kind.Space ? Kinds[last] : (single & lastBit) != 0 ? Kind.Space : Kind.Spaces;
    }
}
