using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Ingress.Outbox;

/// <summary>Reads records of a segment from its file: what a former process left behind, and what there was no room for in memory.</summary>
internal sealed class SegmentReader(string path) : IDisposable
{
    private const int BatchBytes = 256 * 1024;

    private readonly Lock _sync = new();
    private SafeFileHandle? _file;
    private byte[] _buffer = [];

    /// <summary>The next records, damaged ones among them. They are good until the next read.</summary>
    /// <param name="isClosed">Nobody writes to the segment any more: what has no end of line is damaged.</param>
    /// <returns>Where the last of them ends; <paramref name="position"/> when there is none.</returns>
    public async Task<long> ReadAsync(long position, bool isClosed, List<OutboxLine> into, CancellationToken cancellationToken)
    {
        if (_buffer.Length == 0)
            _buffer = ArrayPool<byte>.Shared.Rent(BatchBytes);
        while (true)
        {
            var read = await ReadAsync(position, _buffer, cancellationToken);
            var end = _buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
            if (end > 0)
            {
                Split(position, _buffer.AsMemory(0, end), into);
                return position + end;
            }

            if (read < _buffer.Length ? isClosed && read > 0 : read >= OutboxRecord.MaxBytes)
            {
                into.Add(new OutboxLine(position, read, null, null, _buffer.AsMemory(0, read)));
                return position + read;
            }

            if (read < _buffer.Length)
                return position;
            // A record longer than the batch.
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }

    /// <summary>A record that was read before.</summary>
    public async Task<OutboxLine> ReadAgainAsync(long start, int length, CancellationToken cancellationToken)
    {
        var line = new byte[length];
        var read = await ReadAsync(start, line, cancellationToken);
        return read == length ? OutboxRecord.Read(start, line) : throw new EndOfStreamException("A segment of the outbox is shorter than it was.");
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async Task<int> ReadAsync(long position, Memory<byte> into, CancellationToken cancellationToken)
    {
        SafeFileHandle file;
        lock (_sync)
            file = _file ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous);
        // By position, since several may read at a time.
        var all = 0;
        while (all < into.Length && await RandomAccess.ReadAsync(file, into[all..], position + all, cancellationToken) is > 0 and var read)
            all += read;
        return all;
    }

    private static void Split(long start, ReadOnlyMemory<byte> lines, List<OutboxLine> into)
    {
        while (lines.Length > 0)
        {
            var end = lines.Span.IndexOf((byte)'\n') + 1;
            into.Add(OutboxRecord.Read(start, lines[..end]));
            start += end;
            lines = lines[end..];
        }
    }
}
