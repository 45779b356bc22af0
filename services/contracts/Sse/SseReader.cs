using System.Buffers;
using System.Runtime.CompilerServices;
using Gateway.Contracts.Errors;

namespace Gateway.Contracts.Sse;

/// <summary>
/// Takes server-sent events off a byte stream, without an allocation per event: whole events are spans into one pooled buffer,
/// which grows only for an event that is larger than it.
/// <code>
///   while (true)
///   {
///       while (reader.TryRead(out var e)) { … }          // everything that is already here
///       if (!await reader.FillAsync(ct)) break;          // more bytes, or the end of input
///   }
///   if (reader.TryReadRest(out var last)) { … }          // an event that only lacks its blank line (rule E167)
/// </code>
/// Follows the WHATWG rules: BOM, CR, LF and CRLF (also split between two reads), comments, fields without space, several data lines.
/// </summary>
public sealed class SseReader : IDisposable
{
    /// <summary>A single event may be this large before it counts as a protocol error and not as data.</summary>
    public const int DefaultMaxEventBytes = 64 * 1024 * 1024;

    private const int InitialBytes = 8 * 1024;

    private readonly Stream _stream;
    private readonly int _maxEventBytes;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private byte[]? _joined;

    private int _start;     // first byte of the event being read
    private int _line;      // first byte of the line being read
    private int _scanned;   // no line end before here
    private int _end;       // end of the bytes read so far

    private int _nameStart, _nameLength;
    private int _dataStart, _dataLength, _dataLines;
    private int _joinedLength;
    private bool _skipLineFeed, _begun;
    private bool _filling;

    /// <param name="first">What has been read of the stream already.</param>
    public SseReader(Stream stream, int maxEventBytes = DefaultMaxEventBytes, ReadOnlySpan<byte> first = default)
    {
        _stream = stream;
        _maxEventBytes = maxEventBytes;
        if (first.Length > _buffer.Length)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(first.Length);
        }

        first.CopyTo(_buffer);
        _end = first.Length;
    }

    /// <summary>Why the sending service gave up on this stream, once <see cref="TryReadRest"/> has seen its mark; else null.</summary>
    public ErrorKind? Abort { get; private set; }

    /// <summary>Bytes read but not yet handed out as part of an event.</summary>
    public int Pending => _end - _start;

    /// <summary>Reads more bytes. False at the end of input.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        MakeRoom();
        _filling = true;
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _filling = false;
        _end += read;
        return read > 0;
    }

    /// <summary>The next whole event among the bytes already read.</summary>
    public bool TryRead(out SseEvent e)
    {
        SkipByteOrderMark();
        while (true)
        {
            var rest = _buffer.AsSpan(_scanned, _end - _scanned);
            if (_skipLineFeed && rest.Length > 0)
            {
                _skipLineFeed = false;
                if (rest[0] == '\n')
                {
                    // The second half of a CRLF whose first half ended the line: it belongs to no line.
                    _scanned++;
                    _line = _scanned;
                    continue;
                }
            }

            var at = rest.IndexOfAny((byte)'\r', (byte)'\n');
            if (at < 0)
            {
                _scanned = _end;
                e = default;
                return false;
            }

            var lineEnd = _scanned + at;
            var next = lineEnd + 1;
            if (_buffer[lineEnd] == '\r')
            {
                if (next < _end)
                {
                    if (_buffer[next] == '\n')
                        next++;
                }
                else
                {
                    _skipLineFeed = true;
                }
            }

            if (lineEnd > _line)
            {
                TakeLine(_line, lineEnd);
                _line = _scanned = next;
                continue;
            }

            // A blank line ends the event.
            e = TakeEvent(next);
            _start = _line = _scanned = next;
            return true;
        }
    }

    /// <summary>Where the event that was read last ends, and the next one begins, among the bytes already read.</summary>
    public int Position => _start;

    /// <summary>Bytes of events that have been read one after another since the last fill.</summary>
    public ReadOnlySpan<byte> Between(int start, int end) => _buffer.AsSpan(start, end - start);

    /// <summary>
    /// After the end of input: the last event, if it is there but for its closing blank line. A service of ours that gave up in the
    /// middle of an answer says so in a last comment line (<see cref="SseAbort"/>); then there is no event, and <see cref="Abort"/> is set.
    /// </summary>
    public bool TryReadRest(out SseEvent e)
    {
        var rest = _buffer.AsSpan(_start, _end - _start);
        if (SseAbort.TryParse(rest, out var kind))
        {
            Abort = kind;
            e = default;
            return false;
        }

        if (_end > _line)
        {
            TakeLine(_line, _end);
            _line = _scanned = _end;
        }

        e = TakeEvent(_end);
        _start = _line = _scanned = _end;
        return e.HasData;
    }

    public void Dispose()
    {
        // A read that was never waited for may still write into it: the collector gets it then.
        if (!_filling)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        if (_joined is not null)
            ArrayPool<byte>.Shared.Return(_joined);
        _joined = null;
        _start = _line = _scanned = _end = 0;
    }

    private void SkipByteOrderMark()
    {
        if (_begun || _end == 0)
            return;
        var mark = "\uFEFF"u8;
        if (_end < mark.Length && mark.StartsWith(_buffer.AsSpan(0, _end)))
            return;
        _begun = true;
        if (_buffer.AsSpan(0, _end).StartsWith(mark))
            _start = _line = _scanned = mark.Length;
    }

    private void TakeLine(int start, int end)
    {
        var line = _buffer.AsSpan(start, end - start);
        if (line.StartsWith("data"u8))
        {
            if (Value(line, 4, out var offset))
                AddData(start + offset, end - start - offset);
        }
        else if (line.StartsWith("event"u8) && Value(line, 5, out var offset))
        {
            _nameStart = start + offset;
            _nameLength = end - start - offset;
        }
    }

    private static bool Value(ReadOnlySpan<byte> line, int nameLength, out int offset)
    {
        offset = nameLength;
        if (line.Length == nameLength)
            return true;
        if (line[nameLength] != ':')
            return false;
        offset = nameLength + 1;
        if (offset < line.Length && line[offset] == ' ')
            offset++;
        return true;
    }

    private void AddData(int start, int length)
    {
        if (++_dataLines == 1)
        {
            _dataStart = start;
            _dataLength = length;
            return;
        }

        if (_dataLines == 2)
        {
            _joinedLength = 0;
            AppendJoined(_buffer.AsSpan(_dataStart, _dataLength));
        }

        AppendJoined("\n"u8);
        AppendJoined(_buffer.AsSpan(start, length));
    }

    private void AppendJoined(ReadOnlySpan<byte> bytes)
    {
        var needed = _joinedLength + bytes.Length;
        if (_joined is null || _joined.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 1024));
            if (_joined is not null)
            {
                _joined.AsSpan(0, _joinedLength).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_joined);
            }

            _joined = larger;
        }

        bytes.CopyTo(_joined.AsSpan(_joinedLength));
        _joinedLength = needed;
    }

    private SseEvent TakeEvent(int end)
    {
        var data = _dataLines > 1 ? _joined.AsSpan(0, _joinedLength) : _buffer.AsSpan(_dataStart, _dataLength);
        var e = new SseEvent(_buffer.AsSpan(_start, end - _start), _buffer.AsSpan(_nameStart, _nameLength), data, _dataLines > 0);
        _nameLength = _dataLength = _dataLines = 0;
        return e;
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            // The common case: every event so far has been handed out.
            Shift(_end);
            return;
        }

        if (_end < _buffer.Length)
            return;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            Shift(_start);
            return;
        }

        if (_buffer.Length >= _maxEventBytes)
            throw new GatewayException(ErrorKind.ProviderProtocol, $"The provider sent an event of more than {_maxEventBytes} bytes.");
        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void Shift(int by)
    {
        _start -= by;
        _line -= by;
        _scanned -= by;
        _end -= by;
        _nameStart -= by;
        _dataStart -= by;
        if (_nameLength == 0)
            _nameStart = 0;
        if (_dataLength == 0)
            _dataStart = 0;
    }
}
