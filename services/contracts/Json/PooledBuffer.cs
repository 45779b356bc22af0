using System.Buffers;

namespace Gateway.Contracts.Json;

/// <summary>
/// Bytes written, or read from a stream, one after another into an array of the shared pool, which gets it back when the last holder lets go.
/// Its maker is the first; whoever reads the bytes beyond the maker's own end, as the sender of a body may, retains it before.
/// </summary>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>There is always this much room to write to, or to find the end of a stream with: what a body's length is known of needs no growing.</summary>
    public const int LeastRoom = 256;

    /// <summary>No more than this is kept between one use and the next, which may be minutes away.</summary>
    private const int MostKept = 16 * 1024;

    /// <summary>
    /// Larger ones are made anew and left to the collector: the shared pool keeps what a burst took for minutes, sixteen of each size a processor.
    /// </summary>
    private const int MostPooled = 1024 * 1024;

    private static long _largeMade;

    private readonly int _capacity;
    private byte[] _buffer;
    private int _holders = 1;
    private int _disposed;

    public PooledBuffer(int capacity)
    {
        _capacity = capacity;
        _buffer = Rent(capacity);
    }

    /// <summary>Bytes of the large ones that this process has made.</summary>
    public static long LargeMade => Interlocked.Read(ref _largeMade);

    public int WrittenCount { get; private set; }

    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, WrittenCount);

    /// <summary>What was written, to be changed in place by the maker before anybody else reads it.</summary>
    public Span<byte> WrittenForChange => _buffer.AsSpan(0, WrittenCount);

    /// <summary>Good until the next write, and until the last holder has let go.</summary>
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

    /// <summary>Everything up to the end of the stream. False where that is more than <paramref name="limit"/> bytes.</summary>
    /// <param name="beforeRead">Called before each read: a limit on how long the stream may be silent begins anew.</param>
    public async ValueTask<bool> TryReadAsync(Stream stream, long limit, CancellationToken cancellationToken, Action? beforeRead = null)
    {
        while (true)
        {
            beforeRead?.Invoke();
            var read = await stream.ReadAsync(GetMemory(), cancellationToken);
            if (read == 0)
                return true;
            Advance(read);
            if (WrittenCount > limit)
                return false;
        }
    }

    /// <summary>Gives back what is far more than the bytes need, where they are kept for long.</summary>
    public void Trim()
    {
        var needed = Math.Max(WrittenCount, LeastRoom);
        if (_buffer.Length > 2 * needed)
            Move(needed);
    }

    /// <summary>Forgets the first bytes.</summary>
    public void RemoveStart(int count)
    {
        _buffer.AsSpan(count, WrittenCount - count).CopyTo(_buffer);
        WrittenCount -= count;
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        WrittenCount = 0;
        if (_buffer.Length > Math.Max(MostKept, _capacity))
            Move(_capacity);
    }

    /// <summary>
    /// One more holder, who calls <see cref="Release"/> once; or never, where something may still read the bytes: then they are the garbage
    /// collector's.
    /// </summary>
    public void Retain() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) != 0)
            return;
        var buffer = _buffer;
        _buffer = [];
        WrittenCount = 0;
        if (buffer.Length > 0)
            Return(buffer);
    }

    /// <summary>The maker lets go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Release();
    }

    private static byte[] Rent(int capacity)
    {
        if (capacity <= MostPooled)
            return ArrayPool<byte>.Shared.Rent(capacity);
        Interlocked.Add(ref _largeMade, capacity);
        return GC.AllocateUninitializedArray<byte>(capacity);
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length <= MostPooled)
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
        var other = Rent(capacity);
        WrittenSpan.CopyTo(other);
        if (_buffer.Length > 0)
            Return(_buffer);
        _buffer = other;
    }
}
