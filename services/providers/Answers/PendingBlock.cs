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

    public BlockKind Kind { get; } = kind;

    /// <summary>What the client sees: the call of a tool that stands for a JSON schema is a text.</summary>
    public BlockKind Shown { get; set; } = kind;

    public bool Started { get; set; }

    // Tool calls only.

    public byte[] UpstreamId { get; set; } = [];

    public StringBuilder? Name { get; set; }

    public ArgumentsState Arguments { get; private set; }

    public bool IsComplete => _progress.IsComplete;

    // Text only.

    /// <summary>Its sources.</summary>
    public IReadOnlyList<Citation> Citations => _citations ?? [];

    // Thinking only.

    /// <summary>What goes into the signature: text that is not shown, opaque parts.</summary>
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
        if (Arguments == ArgumentsState.None)
        {
            fragment = fragment.TrimStart(" \t\r\n"u8);
            if (fragment.Length == 0)
                return default;
            Arguments = fragment[0] == '{' ? ArgumentsState.Object : ArgumentsState.NotAnObject;
        }

        if (Arguments == ArgumentsState.NotAnObject)
        {
            Buffer(fragment);
            return default;
        }

        // A second object after the first one would make the SDKs lose both.
        return fragment[.._progress.Advance(fragment)];
    }
}
