using System.Buffers;
using System.Text;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// Cleans the text of two things that some providers put into it: the prefill they were asked to continue (rule E40), and reasoning between
/// <c>&lt;think&gt;</c> tags (rule E86). Both only at the beginning; what may still become one of them is held back. With neither, text
/// passes straight through.
/// </summary>
internal sealed class ContentFilter
{
    private static readonly byte[] Open = "<think>"u8.ToArray();
    private static readonly byte[] Close = "</think>"u8.ToArray();

    private readonly Answer _answer;
    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly byte[] _prefill;
    private readonly bool _tags;
    private Step _step;

    public ContentFilter(Answer answer, bool tags, string? prefill)
    {
        _answer = answer;
        _tags = tags;
        _prefill = Encoding.UTF8.GetBytes(prefill ?? "");
        _step = _prefill.Length > 0 ? Step.Prefill : AfterPrefill;
    }

    private enum Step
    {
        Prefill,
        OpenTag,
        Thinking,
        AfterThinking,
        Plain,
    }

    private Step AfterPrefill => _tags ? Step.OpenTag : Step.Plain;

    public void Text(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0)
            return;
        if (_step == Step.Plain)
        {
            _answer.Text(text);
            return;
        }

        _held.Write(text);
        while (_step != Step.Plain && _held.WrittenCount > 0 && Advance())
        {
        }

        if (_step == Step.Plain)
            Flush();
    }

    public void Flush()
    {
        if (_held.WrittenCount == 0)
            return;
        var rest = _held.WrittenSpan.ToArray();
        _held.ResetWrittenCount();
        if (_step == Step.Thinking)
            _answer.Thinking(rest);
        else
            _answer.Text(rest);
        if (_step is Step.Prefill or Step.OpenTag)
            _step = Step.Plain;
    }

    /// <summary>False while more text is needed to decide.</summary>
    private bool Advance()
    {
        var held = _held.WrittenSpan;
        switch (_step)
        {
            case Step.Prefill:
                return Match(_prefill, held, 0, AfterPrefill, AfterPrefill);
            case Step.OpenTag:
                var start = held.Length - held.TrimStart(" \t\r\n"u8).Length;
                return start < held.Length && Match(Open, held[start..], start, Step.Thinking, Step.Plain);
            case Step.AfterThinking:
                var text = held.TrimStart(" \t\r\n"u8);
                if (text.Length == 0)
                    return false;
                Drop(held.Length - text.Length);
                _step = Step.Plain;
                return true;
            default:
                return ReadThinking(held);
        }
    }

    private bool Match(byte[] expected, ReadOnlySpan<byte> held, int skipped, Step matched, Step different)
    {
        var common = held.CommonPrefixLength(expected);
        if (common == expected.Length)
        {
            Drop(skipped + common);
            _step = matched;
            return true;
        }

        if (common == held.Length)
            return false;
        _step = different;
        return true;
    }

    private bool ReadThinking(ReadOnlySpan<byte> held)
    {
        var end = held.IndexOf(Close);
        if (end >= 0)
        {
            _answer.Thinking(held[..end]);
            Drop(end + Close.Length);
            _step = Step.AfterThinking;
            return true;
        }

        // All but what may be the beginning of the closing tag.
        var keep = Math.Min(held.Length, Close.Length - 1);
        while (keep > 0 && !Close.AsSpan().StartsWith(held[^keep..]))
            keep--;
        _answer.Thinking(held[..^keep]);
        Drop(held.Length - keep);
        return false;
    }

    private void Drop(int count)
    {
        var rest = _held.WrittenSpan[count..].ToArray();
        _held.ResetWrittenCount();
        _held.Write(rest);
    }
}
