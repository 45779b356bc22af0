using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// How far a segment has been published, noted in a file beside it. The note is written over, not anew: a number that only grows leaves
/// nothing of the one before, and a file that is cut down to nothing has to wait for its disk.
/// </summary>
internal sealed class PublishedMark(string segmentPath) : IDisposable
{
    private readonly string _path = PathOf(segmentPath);
    private SafeFileHandle? _file;

    public string Segment => segmentPath;

    /// <summary>Where the first line begins that is not published.</summary>
    public long Position { get; private set; } = Read(PathOf(segmentPath));

    public static string PathOf(string segmentPath) => segmentPath + ".published";

    public void MoveTo(long position)
    {
        // Others read it, and one that is deleted meanwhile has done its work.
        _file ??= File.OpenHandle(_path, Position == 0 ? FileMode.Create : FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        Span<byte> digits = stackalloc byte[20];
        Utf8Formatter.TryFormat(position, digits, out var length);
        RandomAccess.Write(_file, digits[..length], 0);
        Position = position;
    }

    public void Dispose() => _file?.Dispose();

    private static long Read(string path)
    {
        try
        {
            return long.Parse(File.ReadAllText(path, Encoding.ASCII), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or FormatException or OverflowException)
        {
            // None, or one torn by a crash: publishing again is harmless, billing keeps each event once.
            return 0;
        }
    }
}
