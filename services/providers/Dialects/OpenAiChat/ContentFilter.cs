using System.Buffers;
using System.Text;
using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// Cleans the text of two things that some providers put into it: the prefill they were asked to continue (rule E40), and reasoning between
/// tags (rule E86), whose opening one may be missing where the model's chat template has put it into the prompt. Both only at the beginning;
/// what may still become one of them is held back. With neither, text passes straight through.
/// <code>
///   Prefill -> Open --a tag--> Thinking --its end--> Open, no more held --> Plain
///                └---no tag--> Held --an end after all--> Open, no more held      (all before it was reasoning)
///                                └--end of the text--> Plain                       (it was text)
/// </code>
/// </summary>
internal sealed class ContentFilter
{
    /// <summary>However a model spells it.</summary>
    private static readonly (byte[] Open, byte[] Close)[] Tags =
    [
        Tag("<think>", "</think>"), Tag("<thinking>", "</thinking>"), Tag("<thought>", "</thought>"), Tag("<reasoning>", "</reasoning>"),
        Tag("<seed:think>", "</seed:think>"), Tag("[THINK]", "[/THINK]"), Tag("◁think▷", "◁/think▷"),
        Tag("<|START_THINKING|>", "<|END_THINKING|>"), Tag("<|channel|>analysis<|message|>", "<|end|>"),
    ];

    /// <summary>What stands before the text itself where the reasoning was another message of the model's own format.</summary>
    private static readonly byte[] FinalMessage = "<|start|>assistant<|channel|>final<|message|>"u8.ToArray();

    private static readonly int LongestClose = Tags.Max(t => t.Close.Length);

    private readonly Answer _answer;
    private readonly ArrayBufferWriter<byte> _held = new();
    private readonly byte[] _prefill;
    private readonly bool _tags;
    private bool _holds;
    private byte[] _close = [];
    private int _searched;
    private Step _step;

    /// <param name="tags">Reasoning may stand in the text.</param>
    /// <param name="holds">And may have lost its opening tag, so that nothing is text before the closing one or the end.</param>
    public ContentFilter(Answer answer, bool tags, bool holds, string? prefill)
    {
        _answer = answer;
        _tags = tags;
        _holds = holds;
        _prefill = Encoding.UTF8.GetBytes(prefill ?? "");
        _step = _prefill.Length > 0 ? Step.Prefill : AfterPrefill;
    }

    private static ReadOnlySpan<byte> Space => " \t\r\n"u8;

    private enum Step
    {
        Prefill,
        Open,
        Thinking,
        Held,
        Plain,
    }

    /// <summary>How the text began: true without any tag or with an opening one, false with a closing one only, null where it does not tell.</summary>
    public bool? BeginsOpenly { get; private set; }

    private Step AfterPrefill => _tags ? Step.Open : Step.Plain;

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

    /// <summary>The reasoning comes in a field of its own, so the text is nothing but text.</summary>
    public void ReasoningIsApart()
    {
        if (_step is not (Step.Open or Step.Held))
            return;
        _step = Step.Plain;
        Flush();
    }

    public void Flush()
    {
        if (_held.WrittenCount == 0)
            return;
        var rest = _held.WrittenSpan.ToArray();
        Drop(rest.Length);
        if (_step == Step.Thinking)
        {
            _answer.Thinking(rest);
            return;
        }

        if (_step == Step.Held)
            BeginsOpenly = true;
        // White space at the border of reasoning is nobody's.
        _answer.Text(_step == Step.Open && BeginsOpenly is not null ? rest.AsSpan().TrimStart(Space) : rest);
        _step = Step.Plain;
    }

    private static (byte[] Open, byte[] Close) Tag(string open, string close) => (Encoding.UTF8.GetBytes(open), Encoding.UTF8.GetBytes(close));

    /// <summary>False while more text is needed to decide.</summary>
    private bool Advance() => _step switch
    {
        Step.Prefill => ReadPrefill(_held.WrittenSpan),
        Step.Open => ReadOpening(_held.WrittenSpan),
        Step.Held => ReadHeld(_held.WrittenSpan),
        _ => ReadThinking(_held.WrittenSpan),
    };

    private bool ReadPrefill(ReadOnlySpan<byte> held)
    {
        var common = held.CommonPrefixLength(_prefill);
        if (common < _prefill.Length && common == held.Length)
            return false;
        if (common == _prefill.Length)
            Drop(common);
        _step = AfterPrefill;
        return true;
    }

    private bool ReadOpening(ReadOnlySpan<byte> held)
    {
        var text = held.TrimStart(Space);
        var skipped = held.Length - text.Length;
        foreach (var (open, close) in Tags)
        {
            if (!text.StartsWith(open))
                continue;
            BeginsOpenly ??= true;
            _close = close;
            Drop(skipped + open.Length);
            _step = Step.Thinking;
            return true;
        }

        if (text.StartsWith(FinalMessage))
        {
            Drop(skipped + FinalMessage.Length);
            return true;
        }

        if (FinalMessage.AsSpan().StartsWith(text) || Array.Exists(Tags, t => MayBecome(t.Open, _held.WrittenSpan[skipped..])))
            return false;
        if (BeginsOpenly is not null)
            Drop(skipped);
        _step = _holds ? Step.Held : Step.Plain;
        return true;
    }

    private static bool MayBecome(byte[] tag, ReadOnlySpan<byte> text) => tag.AsSpan().StartsWith(text);

    private bool ReadHeld(ReadOnlySpan<byte> held)
    {
        var from = Math.Max(0, _searched - LongestClose + 1);
        _searched = held.Length;
        var (at, tag) = (int.MaxValue, Tags[0]);
        foreach (var known in Tags)
        {
            if (held[from..].IndexOf(known.Close) is >= 0 and var found && from + found < at)
                (at, tag) = (from + found, known);
        }

        if (at == int.MaxValue)
            return false;
        BeginsOpenly ??= false;
        var open = held[..at].LastIndexOf(tag.Open);
        if (open >= 0)
        {
            // Text before an opening tag is text.
            _answer.Text(held[..open].TrimEnd(Space));
            _answer.Thinking(held[(open + tag.Open.Length)..at]);
        }
        else
        {
            _answer.Thinking(held[..at]);
        }

        EndThinking(at + tag.Close.Length);
        return true;
    }

    private bool ReadThinking(ReadOnlySpan<byte> held)
    {
        var end = held.IndexOf(_close);
        if (end >= 0)
        {
            _answer.Thinking(held[..end]);
            EndThinking(end + _close.Length);
            return true;
        }

        // All but what may be the beginning of the closing tag.
        var keep = Math.Min(held.Length, _close.Length - 1);
        while (keep > 0 && !_close.AsSpan().StartsWith(held[^keep..]))
            keep--;
        _answer.Thinking(held[..^keep]);
        Drop(held.Length - keep);
        return false;
    }

    private void EndThinking(int used)
    {
        Drop(used);
        _holds = false;
        _step = Step.Open;
    }

    private void Drop(int count)
    {
        var rest = _held.WrittenSpan[count..].ToArray();
        _held.ResetWrittenCount();
        _held.Write(rest);
        _searched = 0;
    }
}
