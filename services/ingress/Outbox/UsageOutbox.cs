using System.Buffers;
using System.Globalization;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// The append-only log of usage events between the end of a request and the topic. One line of JSON an event. An append returns when
/// the bytes are with the operating system (or on the disk, with <c>GATEWAY_OUTBOX_SYNC</c>), so the crash of the process loses nothing
/// that a client has seen the end of. Whoever comes while nobody writes, writes; what others append meanwhile is written together next.
/// </summary>
internal sealed class UsageOutbox : IAsyncDisposable
{
    internal const long SegmentBytes = 16 * 1024 * 1024;

    private const int MaxBatchBytes = 1024 * 1024;

    private readonly Lock _sync = new();
    private readonly EventNumbers _numbers = new();
    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private readonly OutboxSlot _slot;
    private readonly bool _toDisk;
    private readonly Func<string, FileStream> _open;
    private readonly SemaphoreSlim _grown = new(0, 1);
    private FileStream _segment;
    private long _segmentNumber;
    private long _appended;
    private long _published;
    private List<Pending> _pending = [];
    private List<Pending> _batch = [];
    private TaskCompletionSource? _idle;
    private bool _writing, _disposed, _torn;

    /// <param name="slot">Where; its own from now on.</param>
    /// <param name="sync">An event is on the disk when its append returns.</param>
    /// <param name="open">Opens a segment; for tests of disks that fail.</param>
    public UsageOutbox(OutboxSlot slot, bool sync, Func<string, FileStream>? open = null)
    {
        _slot = slot;
        _toDisk = sync;
        _open = open ?? (static path => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
        // A new segment for each run: the last line of an old one may be torn.
        _segmentNumber = FirstSegment = Segments(slot.Directory).LastOrDefault() + 1;
        _segment = Open(_segmentNumber);
    }

    public string Directory => _slot.Directory;

    /// <summary>What lies in older ones was written by a former process.</summary>
    public long FirstSegment { get; }

    /// <summary>Events that wait for the broker; those that a former process left behind are not among them.</summary>
    public long Waiting => Volatile.Read(ref _appended) - Volatile.Read(ref _published);

    /// <summary>The broker has taken so many more.</summary>
    public void MarkPublished(int events) => Interlocked.Add(ref _published, events);

    /// <summary>Makes the event durable, under a number of its own.</summary>
    public Task AppendAsync(UsageEvent e)
    {
        var (source, number) = _numbers.Next(e.KeyId);
        var line = UsageJson.Write(e with { Source = source, Sequence = number });
        TaskCompletionSource? done = null;
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_writing)
                _pending.Add(new Pending(line, done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
            else
                _writing = true;
        }

        if (done is not null)
            return done.Task;
        var failure = Write([new Pending(line, null)]);
        PassOn();
        return failure is null ? Task.CompletedTask : Task.FromException(failure);
    }

    /// <summary>Waits until something was appended since the last wait; false when the time is up.</summary>
    public Task<bool> WaitForMoreAsync(TimeSpan atMost, CancellationToken cancellationToken) => _grown.WaitAsync(atMost, cancellationToken);

    /// <summary>Whether a segment is still written to, or is about to be: the next one's file is there a moment before it is in use.</summary>
    public bool IsOpen(long segment) => segment >= Volatile.Read(ref _segmentNumber);

    public async ValueTask DisposeAsync()
    {
        Task written;
        lock (_sync)
        {
            _disposed = true;
            written = _writing ? (_idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
        }

        // What was appended before is written.
        await written.ConfigureAwait(false);
        await _segment.DisposeAsync().ConfigureAwait(false);
        _slot.Dispose();
        _grown.Dispose();
    }

    internal static IEnumerable<long> Segments(string directory) =>
        System.IO.Directory.EnumerateFiles(directory, "*.jsonl")
            .Select(f => long.TryParse(Path.GetFileNameWithoutExtension(f), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0)
            .Where(n => n > 0)
            .Order();

    internal static string SegmentPath(string directory, long segment) =>
        Path.Combine(directory, segment.ToString("D8", CultureInfo.InvariantCulture) + ".jsonl");

    /// <summary>How far a segment has been published is noted beside it.</summary>
    internal static string MarkPath(string segmentPath) => segmentPath + ".published";

    private FileStream Open(long segment)
    {
        var path = SegmentPath(_slot.Directory, segment);
        // Numbers begin anew in an emptied slot, and a mark of the last time would pass over the first events of this one.
        File.Delete(MarkPath(path));
        return _open(path);
    }

    /// <summary>One is written; what has come meanwhile is not its caller's to wait for.</summary>
    private void PassOn()
    {
        lock (_sync)
        {
            if (_pending.Count == 0)
            {
                Rest();
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(static outbox => outbox.WriteAll(), this, preferLocal: false);
    }

    private void WriteAll()
    {
        while (true)
        {
            lock (_sync)
            {
                if (_pending.Count == 0)
                {
                    Rest();
                    return;
                }

                (_pending, _batch) = (_batch, _pending);
            }

            for (var at = 0; at < _batch.Count;)
            {
                var end = at;
                for (var bytes = 0; end < _batch.Count && bytes < MaxBatchBytes; end++)
                    bytes += _batch[end].Line.Length;
                var group = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_batch)[at..end];
                var failure = Write(group);
                foreach (var (_, done) in group)
                {
                    if (failure is null)
                        done!.SetResult();
                    else
                        done!.SetException(failure);
                }

                at = end;
            }

            _batch.Clear();
        }
    }

    private void Rest()
    {
        _writing = false;
        _idle?.TrySetResult();
    }

    /// <summary>Null when they are durable.</summary>
    private Exception? Write(ReadOnlySpan<Pending> batch)
    {
        _lines.ResetWrittenCount();
        foreach (var (line, _) in batch)
        {
            _lines.Write(line);
            _lines.Write("\n"u8);
        }

        try
        {
            if (_torn || _segment.Position >= SegmentBytes)
                NextSegment();

            _segment.Write(_lines.WrittenSpan);
            if (_toDisk)
                _segment.Flush(flushToDisk: true);
            Interlocked.Add(ref _appended, batch.Length);
            return null;
        }
        catch (Exception e)
        {
            // What has been written may end in half a line, which must not become the beginning of the next one.
            _torn = true;
            return e;
        }
        finally
        {
            if (_grown.CurrentCount == 0)
                Grown();
        }
    }

    private void Grown()
    {
        try
        {
            _grown.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has said so.
        }
    }

    private void NextSegment()
    {
        var next = Open(_segmentNumber + 1);
        var full = _segment;
        _segment = next;
        Interlocked.Increment(ref _segmentNumber);
        _torn = false;
        full.Dispose();
    }

    private readonly record struct Pending(byte[] Line, TaskCompletionSource? Done);
}
