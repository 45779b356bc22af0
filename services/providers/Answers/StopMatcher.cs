using System.Buffers;
using System.Text;

namespace Gateway.Providers.Answers;

/// <summary>
/// Looks for stop sequences that the provider could not be given (rule E35). The end of the text is held back as long as it may be the
/// beginning of one. The sequence that is complete first counts, as it would where the model writes token by token.
/// </summary>
internal sealed class StopMatcher(IReadOnlyList<string> sequences)
{
    private readonly byte[][] _sequences = [.. sequences.Where(s => s.Length > 0).Select(Encoding.UTF8.GetBytes)];
    private readonly ArrayBufferWriter<byte> _held = new(64);

    /// <summary>The text that may go out, and the sequence after it if there is one. The span is valid until the next call.</summary>
    public ReadOnlySpan<byte> Accept(ReadOnlySpan<byte> text, out string? matched)
    {
        byte[] all = [.. _held.WrittenSpan, .. text];
        _held.ResetWrittenCount();
        var (start, end) = (0, int.MaxValue);
        matched = null;
        for (var i = 0; i < _sequences.Length; i++)
        {
            var at = all.AsSpan().IndexOf(_sequences[i]);
            if (at < 0 || at + _sequences[i].Length > end || (at + _sequences[i].Length == end && at > start))
                continue;
            (start, end) = (at, at + _sequences[i].Length);
            matched = Encoding.UTF8.GetString(_sequences[i]);
        }

        if (matched is not null)
            return all.AsSpan(0, start);
        var keep = LongestStart(all);
        _held.Write(all.AsSpan(all.Length - keep));
        return all.AsSpan(0, all.Length - keep);
    }

    /// <summary>The text that was held back, when nothing follows that could complete a stop sequence.</summary>
    public byte[] Flush()
    {
        var rest = _held.WrittenSpan.ToArray();
        _held.ResetWrittenCount();
        return rest;
    }

    /// <summary>How many bytes at the end of the text may be the start of a stop sequence.</summary>
    private int LongestStart(ReadOnlySpan<byte> text)
    {
        var longest = 0;
        foreach (var sequence in _sequences)
        {
            for (var length = Math.Min(text.Length, sequence.Length - 1); length > longest; length--)
            {
                if (text.EndsWith(sequence.AsSpan(0, length)))
                    longest = length;
            }
        }

        return longest;
    }
}
