using System.Buffers;
using System.Text;
using Gateway.Contracts.Web;
using Gateway.Providers.Dialects;
using Gateway.Providers.Text;
using Gateway.Providers.Thinking;

namespace Gateway.Providers.Answers;

/// <summary>
/// Makes a grammatical Anthropic answer out of whatever order a provider sends things in. The rules here hold for every wire format:
/// one block open at a time, indexes from 0 without gaps, every block stopped, one start and one end (rules E1-E6, E13, E20).
/// <code>
///   upstream:   text  tool0 tool1 tool0 tool1 …
///   queue:      [text] [tool0: live] [tool1: buffered]     only the head is written; the next one starts when the head ends
/// </code>
/// A text or thinking block ends when something else follows; a tool call ends when its arguments are complete and something follows,
/// else at the end of the answer.
/// </summary>
public sealed partial class Answer
{
    private const int MaxDropped = 20;
    private const int MaxNameCharacters = 40;

    private readonly IAnswerWriter _writer;
    private readonly AnswerOptions _options;
    private readonly List<PendingBlock> _blocks = [];
    private readonly StopMatcher? _stops;
    private TokenEstimate _output;
    private AnswerUsage? _usage;
    private string? _tier;
    private long _outputAtUsage;
    private readonly List<string> _dropped = [];
    private ArrayBufferWriter<byte>? _unseen, _unseenOpaque;
    private Stop? _cut;
    private int _index = -1;
    private bool _started, _toolSeen, _said, _mayBeCut;

    public Answer(AnswerOptions options, IAnswerWriter writer)
    {
        _options = options;
        _writer = writer;
        _stops = options.LocalStopSequences.Count == 0 ? null : new StopMatcher(options.LocalStopSequences);
    }

    public bool Ended { get; private set; }

    /// <summary>The provider has begun to answer.</summary>
    public bool Started => _started;

    /// <summary>No block has begun or waits to begin.</summary>
    public bool IsEmpty => _index < 0 && _blocks.Count == 0;

    /// <summary>Neither a text nor a call: nothing, or nothing but thoughts. Claude Code asks again after such an answer (rule E32).</summary>
    public bool HasNoOutput => !_said;

    /// <summary>A stop sequence of ours was hit: nothing the provider still sends matters but the usage, and <see cref="End"/> may come at once.</summary>
    public bool IsCut => _cut is not null;

    private PendingBlock? Last => _blocks.Count == 0 ? null : _blocks[^1];

    /// <summary>The provider has begun to answer.</summary>
    public void Start()
    {
        if (_started)
            return;
        _started = true;
        _writer.Start(_options.Head, _options.InputEstimate);
    }

    /// <summary>The next part of the text. An empty one opens no block (rule E9).</summary>
    public void Text(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 0)
            return;
        _output.Add(utf8);
        if (_stops is null)
        {
            Append(LastOr(BlockKind.Text), utf8);
            return;
        }

        if (IsCut)
            return;
        var shown = _stops.Accept(utf8, out var matched);
        if (shown.Length > 0)
            Append(LastOr(BlockKind.Text), shown);
        if (matched is not null)
            _cut = new Stop(StopReasons.StopSequence, matched);
    }

    /// <summary>Which of its names the provider's reasoning has, where it has several: <see cref="ReasoningNames"/>.</summary>
    public int ThinkingName { get; set; }

    /// <summary>The next part of the reasoning; left out of the answer unless the request asked for thinking (rule E87).</summary>
    public void Thinking(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length == 0)
            return;
        _output.Add(utf8);
        if (IsCut)
            return;
        if (!_options.Thinking.Wanted)
        {
            if (_options.ReplaysThinking)
                (_unseen ??= new ArrayBufferWriter<byte>(256)).Write(utf8);
            return;
        }

        EndOfText();
        var block = LastOr(BlockKind.Thinking);
        if (!_options.Thinking.Omitted)
        {
            Append(block, utf8);
            return;
        }

        if (_options.ReplaysThinking)
            (block.Hidden ??= new ArrayBufferWriter<byte>(256)).Write(utf8);
        Advance();
    }

    /// <summary>
    /// A part of the reasoning that is not text, to be shown to the same provider again; JSON. It goes with the thinking, or with the next
    /// call where none is shown.
    /// </summary>
    public void OpaqueThinking(ReadOnlySpan<byte> json)
    {
        if (IsCut)
            return;
        if (!_options.Thinking.Wanted)
        {
            AddItem(_unseenOpaque ??= new ArrayBufferWriter<byte>(256), json);
            return;
        }

        EndOfText();
        var block = LastOr(BlockKind.Thinking);
        AddItem(block.Opaque ??= new ArrayBufferWriter<byte>(256), json);
        Advance();
    }

    private static void AddItem(ArrayBufferWriter<byte> list, ReadOnlySpan<byte> json)
    {
        if (list.WrittenCount > 0)
            list.Write(","u8);
        list.Write(json);
    }

    /// <summary>A source of the text just before (rule E105). Once another block has begun, it has no place any more and is noted.</summary>
    public void Cite(in Citation citation)
    {
        if (IsCut)
            return;
        Found(new WebResult(citation.Url, citation.Title ?? citation.Url, citation.Quote, null));
        if (Last is not { Kind: BlockKind.Text } text)
            Drop("citations"u8);
        else
            text.Cite(citation);
    }

    /// <summary>Notes a kind of content that Anthropic's format has no place for; in a stream, the headers with such notes are gone by now.</summary>
    /// <param name="kind">The provider's name of it.</param>
    public void Drop(ReadOnlySpan<byte> kind)
    {
        Span<char> name = stackalloc char[Math.Min(kind.Length, MaxNameCharacters)];
        for (var i = 0; i < name.Length; i++)
            name[i] = char.IsAsciiLetterOrDigit((char)kind[i]) || kind[i] is (byte)'_' or (byte)'-' or (byte)'.' ? (char)kind[i] : '?';
        var note = $"answer.{name}";
        if (_dropped.Count == MaxDropped || _dropped.Contains(note))
            return;
        _dropped.Add(note);
        _options.Dropped.Add(note);
    }

    /// <summary>
    /// What the answer used, as the provider says: so far, or in all. The last word counts (rule E49), also when the answer fails after it
    /// (rule F5). Comes after the text it includes.
    /// </summary>
    /// <param name="usage">Null changes nothing.</param>
    public void SetUsage(AnswerUsage? usage)
    {
        if (usage is null)
            return;
        _usage = usage;
        _outputAtUsage = _output.Tokens;
    }

    /// <summary>The service tier the provider says it serves.</summary>
    /// <param name="tier">As raw JSON; anything but a text changes nothing.</param>
    public void SetTier(ReadOnlySpan<byte> tier)
    {
        if (JsonSlice.Text(tier) is { Length: > 0 and <= MaxNameCharacters } text && (_tier is null || !Ascii.Equals(text, _tier)))
            _tier = Encoding.UTF8.GetString(text);
    }

    private AnswerUsage Known => (_usage ?? default) with { ServiceTier = _tier, WebSearches = _usage?.WebSearches ?? _searches };

    /// <summary>
    /// The usage of an answer that ends here, before the provider's own end: what the provider has reported, and an estimate of what came
    /// after.
    /// </summary>
    /// <param name="before">What earlier calls for the same message have used.</param>
    public AnswerEnd UsageSoFar(AnswerUsage? before = null)
    {
        var known = Known;
        var unsaid = _output.Tokens - _outputAtUsage;
        var usage = known with { Input = known.Input ?? _options.InputEstimate(), Output = (known.Output ?? 0) + unsaid };
        if (before is { } spent)
            // Of a call that was refused nothing is known, and most likely it cost nothing.
            usage = _started || _usage is not null ? spent.Plus(usage) : spent;
        return new AnswerEnd(default, usage, Estimated: unsaid > 0 || known.Output is null || known.Input is null, _dropped);
    }

    /// <summary>Whether the provider has said anything of what the answer used.</summary>
    public bool IsUsageKnown => _usage is not null;

    /// <summary>
    /// Ends the answer: closes what is open and says why it stopped and what it cost. Where the provider never said, an estimate is given
    /// (rule E46).
    /// </summary>
    /// <param name="complete">The provider has said all it had to say.</param>
    public void End(Stop stop, bool complete = true)
    {
        if (Ended)
            return;
        Start();
        EndOfText();
        TellFound();
        _mayBeCut = IsCut || !complete || stop.Reason is not (StopReasons.EndTurn or StopReasons.ToolUse or StopReasons.StopSequence);
        Advance(all: true);
        Ended = true;
        stop = _cut ?? stop;
        if (stop.Reason is StopReasons.EndTurn or StopReasons.ToolUse)
            stop = stop with { Reason = _toolSeen ? StopReasons.ToolUse : StopReasons.EndTurn };
        if (!complete)
        {
            var soFar = UsageSoFar();
            _writer.End(soFar with { Stop = stop, Usage = soFar.Usage with { Input = _usage?.Input } });
            return;
        }

        var known = Known;
        _writer.End(
            new AnswerEnd(stop, known with { Output = known.Output ?? _output.Tokens }, Estimated: known.Output is null || known.Input is null, _dropped));
    }

    /// <summary>The text is over, so what was held back in search of a stop sequence is text after all.</summary>
    private void EndOfText()
    {
        if (_stops is null || IsCut || _stops.Flush() is not { Length: > 0 } rest)
            return;
        Append(LastOr(BlockKind.Text), rest);
    }

    private PendingBlock LastOr(BlockKind kind)
    {
        if (Last is { } last && last.Kind == kind)
            return last;
        var block = new PendingBlock(kind);
        Add(block);
        return block;
    }

    private void Add(PendingBlock block)
    {
        Start();
        _blocks.Add(block);
        Advance();
    }

    private void Append(PendingBlock block, ReadOnlySpan<byte> utf8)
    {
        if (block == _blocks[0] && !block.Started && (block.Kind == BlockKind.Text || IsReady(block)))
            StartBlock(block);
        if (block == _blocks[0] && block.Started)
            WriteDelta(block, utf8);
        else
            block.Buffer(utf8);
        Advance();
    }

    /// <summary>Ends the head as long as it can end, and starts the next one.</summary>
    private void Advance(bool all = false)
    {
        while (_blocks.Count > 0)
        {
            var head = _blocks[0];
            var followed = _blocks.Count > 1;
            if (!head.Started && (all || followed || IsReady(head)))
                StartBlock(head);
            if (!head.Started)
                return;
            if (!all && head.WholeId is null && !(followed && (head.Kind != BlockKind.ToolUse || head.IsComplete)))
                return;
            StopBlock(head);
            _blocks.RemoveAt(0);
        }
    }

    /// <summary>A tool call waits for its arguments, since its name may still be growing (rule E18).</summary>
    private static bool IsReady(PendingBlock block) => block.Kind switch
    {
        BlockKind.Text => block.Buffered.Length > 0,
        BlockKind.Thinking or BlockKind.ServerToolUse or BlockKind.ServerToolResult => true,
        _ => block.Arguments == ArgumentsState.Object,
    };

    private void StartBlock(PendingBlock block)
    {
        if (block.WholeId is not null)
        {
            StartWhole(block);
            return;
        }

        var name = block.Kind == BlockKind.ToolUse ? _options.Tools.ToClient(NameOf(block)) : null;
        block.Started = true;
        _index++;
        if (name is not null && name == _options.SchemaTool)
        {
            block.Shown = BlockKind.Text;
            name = null;
        }

        _toolSeen |= name is not null;
        _said |= block.Shown != BlockKind.Thinking;
        _writer.StartBlock(_index, block.Shown, name is null ? null : ClientId(block), name);

        if (block.Kind == BlockKind.ToolUse && block.Arguments != ArgumentsState.Object)
            return;
        WriteDelta(block, block.Buffered);
        block.ClearBuffer();
    }

    private void StopBlock(PendingBlock block)
    {
        switch (block.Kind)
        {
            case BlockKind.ToolUse:
                var odd = block.Arguments == ArgumentsState.Object ? default : NormalizeArguments(block.Buffered);
                CheckArguments(block, odd);
                WriteDelta(block, odd);
                break;
            case BlockKind.Text:
                foreach (var citation in block.Citations)
                    _writer.Citation(_index, citation);
                break;
            case BlockKind.Thinking:
                var signature = new ThinkingSignature(_options.Provider, _options.UpstreamModel, TextOf(block.Hidden), ListOf(block.Opaque), NameOfThinking);
                _writer.Signature(_index, signature.ToString());
                break;
        }

        _writer.StopBlock(_index);
    }

    private void WriteDelta(PendingBlock block, ReadOnlySpan<byte> utf8)
    {
        const int most = 64 * 1024;
        while (utf8.Length > most)
        {
            var cut = most;
            while ((utf8[cut] & 0xC0) == 0x80)
                cut--;
            _writer.Delta(_index, block.Shown, utf8[..cut]);
            utf8 = utf8[cut..];
        }

        if (utf8.Length > 0)
            _writer.Delta(_index, block.Shown, utf8);
    }

    private string? NameOfThinking => ThinkingName == 0 ? null : ReasoningNames.All[ThinkingName];

    private static string? ListOf(ArrayBufferWriter<byte>? items) => items is null ? null : $"[{TextOf(items)}]";

    private static string? TextOf(ArrayBufferWriter<byte>? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes.WrittenSpan);
}
