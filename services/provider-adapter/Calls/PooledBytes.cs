using System.Buffers;

namespace Gateway.ProviderAdapter.Calls;

/// <summary>A body read whole into one pooled buffer. Streaming a body of known fate through costs twice the CPU of this.</summary>
internal sealed class PooledBytes : IDisposable
{
    private const int InitialBytes = 16 * 1024;

    /// <summary>For a body of unknown length. Pooled, and given back within milliseconds.</summary>
    private const int WholeBytes = 128 * 1024;

    private byte[] _buffer;

    private PooledBytes(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>What one read gives; empty at the end of the stream.</summary>
    public static async ValueTask<PooledBytes> ReadOnceAsync(Stream stream, CancellationToken cancellationToken)
    {
        var bytes = new PooledBytes(InitialBytes);
        try
        {
            bytes.Length = await stream.ReadAsync(bytes._buffer, cancellationToken);
            return bytes;
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    /// <summary>Everything up to the end of the stream; null if that is more than <paramref name="limit"/> bytes.</summary>
    /// <param name="announced">The length its sender gave, if any: saves growing.</param>
    /// <param name="idle">Moved on by <paramref name="idleMilliseconds"/> with every read.</param>
    public static async ValueTask<PooledBytes?> ReadAllAsync(
        Stream stream, long? announced, int limit, CancellationToken cancellationToken, Deadline? idle = null, int idleMilliseconds = 0)
    {
        if (announced > limit)
            return null;
        // One byte more than announced, so that the read that finds the end needs no larger buffer.
        var bytes = new PooledBytes((int)Math.Max(announced + 1 ?? WholeBytes, 256));
        try
        {
            while (true)
            {
                if (bytes.Length == bytes._buffer.Length)
                    bytes.Grow();
                idle?.CancelAfter(idleMilliseconds);
                var read = await stream.ReadAsync(bytes._buffer.AsMemory(bytes.Length), cancellationToken);
                if (read == 0)
                {
                    bytes.Fit();
                    return bytes;
                }

                bytes.Length += read;
                if (bytes.Length <= limit)
                    continue;
                bytes.Dispose();
                return null;
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        var buffer = Interlocked.Exchange(ref _buffer, []);
        Length = 0;
        if (buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>The bytes of a call are held until the end of its answer: not in an array many times their size.</summary>
    private void Fit()
    {
        if (_buffer.Length > 2 * Math.Max(Length, 256))
            Move(Math.Max(Length, 1));
    }

    private void Grow() => Move(_buffer.Length * 2);

    private void Move(int capacity)
    {
        var other = ArrayPool<byte>.Shared.Rent(capacity);
        Span.CopyTo(other);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = other;
    }
}
