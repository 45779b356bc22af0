using System.Buffers;
using System.Text;
using Gateway.Providers.Text;

namespace Gateway.Providers.Answers;

/// <summary>A block of the answer that is open or waits for the open one to end.</summary>
internal sealed class PendingBlock(BlockKind kind)
{
    private ArrayBufferWriter<byte>? _buffer;
    private List<Citation>? _citations;
    private JsonProgress _progress;
    private byte[]? _soFar;

    private static ReadOnlySpan<byte> Space => " \t\r\n"u8;

    public BlockKind Kind { get; } = kind;

    /// <summary>What the client sees: the call of a tool that stands for a JSON schema is a text.</summary>
    public BlockKind Shown { get; set; } = kind;

    public bool Started { get; set; }

    /// <summary>Of a block that is there in one piece, which is all that is in the buffer: the id of the call it belongs to; else null.</summary>
    public string? WholeId { get; private init; }

    public static PendingBlock Whole(BlockKind kind, string id, ReadOnlySpan<byte> content)
    {
        var block = new PendingBlock(kind) { WholeId = id };
        block.Buffer(content);
        return block;
    }

    // Tool calls only.

    public byte[] UpstreamId { get; set; } = [];

    public StringBuilder? Name { get; set; }

    public string Signature { get; set; } = "";

    public ArgumentsState Arguments { get; private set; }

    public bool IsComplete => _progress.IsComplete;

    /// <summary>The arguments so far are empty, which may be all or may stand for others that follow.</summary>
    public bool IsPlaceholder { get; private set; }

    // Text only.

    /// <summary>Its sources.</summary>
    public IReadOnlyList<Citation> Citations => _citations ?? [];

    // Thinking, and calls after thinking that nobody is shown.

    /// <summary>What goes into the signature or the id: text that is not shown, opaque parts.</summary>
    public ArrayBufferWriter<byte>? Hidden { get; set; }

    public ArrayBufferWriter<byte>? Opaque { get; set; }

    public ReadOnlySpan<byte> Buffered => _buffer is null ? default : _buffer.WrittenSpan;

    public void Buffer(ReadOnlySpan<byte> utf8) => (_buffer ??= new ArrayBufferWriter<byte>(256)).Write(utf8);

    public void ClearBuffer() => _buffer = null;

    /// <summary>Adds a source; the same one counts once.</summary>
    public void Cite(in Citation citation)
    {
        _citations ??= [];
        if (!_citations.Contains(citation))
            _citations.Add(citation);
    }

    /// <summary>The part of a fragment of arguments that goes to the client as it is; what can't be judged yet is kept in the buffer.</summary>
    public ReadOnlySpan<byte> AcceptArguments(ReadOnlySpan<byte> fragment)
    {
        if (fragment.Length == 0)
            return default;
        switch (Arguments)
        {
            case ArgumentsState.None:
                return BeginArguments(fragment);
            case ArgumentsState.NotAnObject:
                Buffer(fragment);
                return default;
            default:
                var news = News(fragment);
                // A second object after the first one would make the SDKs lose both.
                return news[.._progress.Advance(news)];
        }
    }

    /// <summary>
    /// Until the arguments say something: some servers send a placeholder with the name, before they know better (<c>{}</c>, <c>null</c>).
    /// </summary>
    private ReadOnlySpan<byte> BeginArguments(ReadOnlySpan<byte> fragment)
    {
        if (_buffer is not null)
        {
            fragment = (byte[])[.. _buffer.WrittenSpan, .. fragment];
            ClearBuffer();
        }

        fragment = fragment.TrimStart(Space);
        if (Placeholder(fragment) is var placeholder and > 0)
        {
            IsPlaceholder = true;
            var after = fragment[placeholder..].TrimStart(Space);
            if (after.Length > 0 && after[0] == '{')
                fragment = after;
            else
                fragment = fragment[..placeholder];
        }

        // The brace alone was the first of the object so far, which each fragment repeats.
        if (fragment.StartsWith("{"u8) && fragment[1..].TrimStart(Space) is [(byte)'{', ..] again)
            fragment = again;
        if (fragment.Length == 0 || Placeholder(fragment) > 0 || MayBecomePlaceholder(fragment))
        {
            if (fragment.Length > 0)
                Buffer(fragment);
            return default;
        }

        IsPlaceholder = false;
        if (fragment[0] != '{')
        {
            Arguments = ArgumentsState.NotAnObject;
            Buffer(fragment);
            return default;
        }

        Arguments = ArgumentsState.Object;
        var used = fragment[.._progress.Advance(fragment)];
        if (!_progress.IsComplete)
            _soFar = used.ToArray();
        return used;
    }

    /// <summary>How long the placeholder at the beginning is; 0 where there is none.</summary>
    private static int Placeholder(ReadOnlySpan<byte> arguments)
    {
        foreach (var (open, close) in (ReadOnlySpan<(byte, byte)>)[((byte)'{', (byte)'}'), ((byte)'[', (byte)']')])
        {
            if (arguments.Length > 0 && arguments[0] == open && arguments[1..].TrimStart(Space) is [var next, ..] rest && next == close)
                return arguments.Length - rest.Length + 1;
        }

        return arguments.StartsWith("null"u8) ? 4 : arguments.StartsWith("\"\""u8) ? 2 : 0;
    }

    private static bool MayBecomePlaceholder(ReadOnlySpan<byte> arguments) =>
        (arguments[0] is (byte)'{' or (byte)'[' && arguments[1..].TrimStart(Space).Length == 0)
        || "null"u8.StartsWith(arguments) || "\"\""u8.StartsWith(arguments);

    /// <summary>What a fragment adds. Some servers repeat all that came before in each; the second one tells.</summary>
    private ReadOnlySpan<byte> News(ReadOnlySpan<byte> fragment)
    {
        if (_soFar is not { } before)
            return fragment;
        if (!fragment.StartsWith(before))
        {
            _soFar = null;
            return fragment;
        }

        _soFar = fragment.ToArray();
        return fragment[before.Length..];
    }
}
