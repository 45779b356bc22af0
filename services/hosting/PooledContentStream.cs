using Gateway.Contracts.Json;

namespace Gateway.Hosting;

/// <summary>What a <see cref="PooledContent"/> sends, for who reads it, without a copy in between.</summary>
internal sealed class PooledContentStream : Stream
{
    private readonly PooledBuffer _body;
    private readonly IReadOnlyList<Splice> _splices;
    private ReadOnlyMemory<byte> _piece;
    private int _next, _at;
    private bool _inReplacement, _released;

    public PooledContentStream(PooledBuffer body, IReadOnlyList<Splice> splices)
    {
        _body = body;
        _splices = splices;
        _body.Retain();
        _piece = Before(0);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_released, this);
        var read = 0;
        while (buffer.Length > 0 && (_piece.Length > 0 || MoveToNextPiece()))
        {
            var count = Math.Min(buffer.Length, _piece.Length);
            _piece.Span[..count].CopyTo(buffer);
            _piece = _piece[count..];
            buffer = buffer[count..];
            read += count;
        }

        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        Task.FromResult(Read(buffer, offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_released)
        {
            _released = true;
            _piece = default;
            _body.Release();
        }

        base.Dispose(disposing);
    }

    /// <summary>Goes to the next piece that is not empty; false at the end.</summary>
    private bool MoveToNextPiece()
    {
        while (_piece.Length == 0)
        {
            if (_inReplacement)
            {
                var done = _splices[_next++];
                _at = done.Start + done.Length;
                _inReplacement = false;
                _piece = Before(_next);
            }
            else if (_next < _splices.Count)
            {
                _inReplacement = true;
                _piece = _splices[_next].Replacement;
            }
            else
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What stands between the last splice and this one.</summary>
    private ReadOnlyMemory<byte> Before(int splice) => splice < _splices.Count ? _body.WrittenMemory[_at.._splices[splice].Start] : _body.WrittenMemory[_at..];
}
