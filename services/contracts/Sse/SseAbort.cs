using System.Buffers;
using System.Text;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.Sse;

/// <summary>
/// How one service tells the next that it had to give up in the middle of a stream. A Dapr sidecar turns a connection that breaks into a
/// clean end, so the reason must travel in-band: as a comment line that closes no event, so that a half-sent event before it is never dispatched.
/// </summary>
public static class SseAbort
{
    private static ReadOnlySpan<byte> Mark => "\n:gateway-abort "u8;

    public static void Write(IBufferWriter<byte> output, ErrorKind kind)
    {
        output.Write(Mark);
        output.Write(Encoding.ASCII.GetBytes(kind.ToString()));
        output.Write("\n"u8);
    }

    /// <summary>Whether the bytes after the last whole event end in the mark.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> rest, out ErrorKind kind)
    {
        kind = default;
        if (rest.Length == 0 || rest[^1] != '\n')
            return false;
        var line = rest[..^1];
        var mark = line.LastIndexOf(Mark[1..]);
        // The line feed before the mark ends an event that was already whole but for its blank line, and then counts as part of that one.
        if (mark < 0 || (mark > 0 && line[mark - 1] != '\n'))
            return false;
        var name = line[(mark + Mark.Length - 1)..];
        return Enum.TryParse(Encoding.ASCII.GetString(name), out kind);
    }
}
