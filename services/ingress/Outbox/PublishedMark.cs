using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Gateway.Hosting;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// How far a segment has been published, noted in a file beside it with a checksum, always as long and written over: a file that is cut down
/// to nothing has to wait for its disk. A note that cannot be true is not believed, and the segment is published again: billing knows each event.
/// </summary>
internal sealed class PublishedMark : IDisposable
{
    private const int Digits = 20;
    private const int Length = Digits + 1 + 8;

    private readonly string _path;
    private FileStream? _file;

    public PublishedMark(string segmentPath, ILogger log)
    {
        _path = PathOf(segmentPath);
        if (!File.Exists(_path))
            return;
        Position = Read(_path) is { } noted && IsPlausible(segmentPath, noted) ? noted : 0;
        if (Position == 0)
            Log.MarkDistrusted(log, Path.GetFileName(segmentPath));
    }

    /// <summary>Where the first record begins that is not published.</summary>
    public long Position { get; private set; }

    public static string PathOf(string segmentPath) => segmentPath + ".published";

    public void MoveTo(long position)
    {
        // True whether or not the disk takes it: nothing is published twice for the sake of a note.
        Position = position;
        // Others read it, and one that is deleted meanwhile has done its work.
        _file ??= PrivateFiles.Open(_path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> note = stackalloc byte[Length];
        Utf8Formatter.TryFormat(position, note, out _, new StandardFormat('D', Digits));
        note[Digits] = (byte)' ';
        Utf8Formatter.TryFormat(OutboxRecord.Checksum(note[..Digits]), note[(Digits + 1)..], out _, new StandardFormat('x', 8));
        RandomAccess.Write(_file.SafeFileHandle, note, 0);
    }

    public void Dispose() => _file?.Dispose();

    private static long? Read(string path)
    {
        var note = File.ReadAllBytes(path).AsSpan();
        return note.Length >= Length
            && Utf8Parser.TryParse(note[..Digits], out long position, out var digits) && digits == Digits
            && Encoding.ASCII.GetString(note[(Digits + 1)..Length]) == OutboxRecord.Checksum(note[..Digits]).ToString("x8")
                ? position
                : null;
    }

    /// <summary>Within the segment, and where a record begins.</summary>
    private static bool IsPlausible(string segmentPath, long position)
    {
        if (position <= 0)
            return position == 0;
        using var segment = new FileStream(segmentPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (position > segment.Length)
            return false;
        segment.Position = position - 1;
        return segment.ReadByte() == '\n';
    }
}
