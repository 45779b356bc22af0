using System.Buffers;

namespace Gateway.Contracts.Json;

/// <summary>Bytes written one after another into an array of the shared pool, which they give back when they are disposed.</summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    private const int LeastRoom = 256;

    /// <summary>No more than this is kept between one use and the next, which may be minutes away.</summary>
    private const int MostKept = 16 * 1024;

    private readonly int _capacity;
    private byte[] _buffer;

    public PooledBuffer(int capacity)
    {
        _capacity = capacity;
        _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    }

    public int WrittenCount { get; private set; }

    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, WrittenCount);

    /// <summary>Good until the next write, and until the buffer is disposed.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, WrittenCount);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - WrittenCount), nameof(count));
        WrittenCount += count;
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsSpan(WrittenCount);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return _buffer.AsMemory(WrittenCount);
    }

    /// <summary>Everything up to the end of the stream. False where that is more than <paramref name="most"/> bytes.</summary>
    public async Task<bool> TryReadAsync(Stream stream, int most, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await stream.ReadAsync(GetMemory(), cancellationToken)) > 0)
        {
            Advance(read);
            if (WrittenCount > most)
                return false;
        }

        return true;
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        WrittenCount = 0;
        if (_buffer.Length > Math.Max(MostKept, _capacity))
            Move(_capacity);
    }

    public void Dispose()
    {
        var buffer = _buffer;
        _buffer = [];
        WrittenCount = 0;
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    private void MakeRoom(int sizeHint)
    {
        var least = Math.Max(sizeHint, LeastRoom);
        if (_buffer.Length - WrittenCount < least)
            Move((int)Math.Min(Math.Max(2L * _buffer.Length, (long)WrittenCount + least), Array.MaxLength));
    }

    private void Move(int capacity)
    {
        var other = ArrayPool<byte>.Shared.Rent(capacity);
        WrittenSpan.CopyTo(other);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
    }
}
