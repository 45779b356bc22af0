using System.Buffers;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>Server-sent events as they are, but for Google's own, on which strict clients of Anthropic's fail.</summary>
internal sealed class VertexEventFilter(Stream from) : ReframedStream(from)
{
    /// <summary>A line of a name is not longer; what is, is none.</summary>
    private const int MaxNameLine = 64;

    private Mode _mode;
    private bool _inLine;

    private enum Mode
    {
        /// <summary>Before the first line of an event.</summary>
        Start,
        Copy,
        Leave,
    }

    protected override int Take(ReadOnlySpan<byte> bytes, bool ended, IBufferWriter<byte> output, ref bool complete)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            var rest = bytes[at..];
            var newline = rest.IndexOf((byte)'\n');
            var line = newline < 0 ? rest : rest[..(newline + 1)];
            if (_mode == Mode.Start)
            {
                if (newline < 0 && !ended && MayBeOwn(line))
                    break;
                _mode = IsOwn(line) ? Mode.Leave : Mode.Copy;
            }

            // The blank line that ends an event may come in two pieces.
            if (!_inLine && newline < 0 && !ended && line is [(byte)'\r'])
                break;
            if (_mode == Mode.Copy)
                output.Write(line);
            if (!_inLine && newline >= 0 && line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'])
                _mode = Mode.Start;
            _inLine = newline < 0;
            at += line.Length;
        }

        return at;
    }

    private static bool IsOwn(ReadOnlySpan<byte> line) =>
        line.StartsWith("event:"u8) && line["event:"u8.Length..].Trim(" \r\n"u8).SequenceEqual("vertex_event"u8);

    private static bool MayBeOwn(ReadOnlySpan<byte> line)
    {
        if (line.Length > MaxNameLine)
            return false;
        var name = "event:"u8;
        if (line.Length <= name.Length)
            return name.StartsWith(line);
        return line.StartsWith(name) && "vertex_event"u8.StartsWith(line[name.Length..].Trim(" \r"u8));
    }
}
