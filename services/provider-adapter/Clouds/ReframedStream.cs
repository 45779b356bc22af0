using System.Buffers;
using System.Runtime.CompilerServices;
using Gateway.Contracts.Json;

namespace Gateway.ProviderAdapter.Clouds;

/// <summary>An answer whose bytes are put into another form as they are read; what cannot be decided yet waits for what follows.</summary>
internal abstract class ReframedStream(Stream from) : Stream
{
    private const int FirstBytes = 8 * 1024;

    private readonly PooledBuffer _read = new(FirstBytes);
    private readonly PooledBuffer _written = new(FirstBytes);
    private int _given;
    private bool _ended;
    private Exception? _failure;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var ready = _written.WrittenCount - _given;
            if (ready > 0)
            {
                var count = Math.Min(ready, buffer.Length);
                _written.WrittenSpan.Slice(_given, count).CopyTo(buffer.Span);
                _given += count;
                return count;
            }

            // What came before a failure has been given out by now.
            if (_failure is not null)
                throw _failure;
            if (_ended)
                return 0;
            _written.Clear();
            _given = 0;
            var read = await from.ReadAsync(_read.GetMemory(), cancellationToken);
            _read.Advance(read);
            _ended = read == 0;
            Reframe();
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Takes what it can of what was read.</summary>
    /// <param name="bytes">What has not been taken before.</param>
    /// <param name="ended">Nothing follows.</param>
    /// <param name="output">What the reader gets.</param>
    /// <param name="complete">Set where whatever follows does not count.</param>
    /// <returns>How many bytes were taken.</returns>
    protected abstract int Take(ReadOnlySpan<byte> bytes, bool ended, IBufferWriter<byte> output, ref bool complete);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            from.Dispose();
            _read.Dispose();
            _written.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Reframe()
    {
        try
        {
            var complete = false;
            var taken = Take(_read.WrittenSpan, _ended, _written, ref complete);
            _read.RemoveStart(taken);
            _ended |= complete;
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }
}
