using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// The append-only log of usage events between the end of a request and the topic. One line of JSON an event. An append returns when
/// the bytes are with the operating system (or on the disk, with <c>GATEWAY_OUTBOX_SYNC</c>), so the crash of the process loses nothing
/// that a client has seen the end of. Written by a thread of the pool: whoever appends may be the thread that waits for the sockets, and a disk
/// that is full or hangs must not hold up its other requests. What is appended while it writes is written together next.
/// </summary>
internal sealed class UsageOutbox : IAsyncDisposable
{
    internal const long SegmentBytes = 16 * 1024 * 1024;

    private readonly Lock _sync = new();
    private readonly EventNumbers _numbers = new();
    private readonly RecentLines _recent = new();
    private readonly OutboxSlot _slot;
    private readonly bool _toDisk;
    private readonly Func<string, FileStream> _open;
    private readonly SemaphoreSlim _grown = new(0, 1);
    private FileStream _segment;
    private long _segmentNumber;
    private long _appended;
    private long _published;

    /// <summary>How much of the segment is whole lines; null: it ends in half of one.</summary>
    private long? _length = 0;
    private Batch _pending = new();
    private Batch _spare = new();
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

    /// <summary>The outbox in the directory that is set, in a slot of its own.</summary>
    /// <exception cref="StartException">The directory cannot be written to.</exception>
    public static UsageOutbox Open(IngressOptions options)
    {
        try
        {
            return new UsageOutbox(OutboxSlot.Take(options.OutboxDirectory), options.OutboxSync);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartException($"GATEWAY_OUTBOX is '{options.OutboxDirectory}', which cannot be written to: {e.Message}", e);
        }
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
        var line = Serialize(e with { Source = source, Sequence = number, SequenceOf = e.SettlementKey });
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var done = _pending.Add(e, line);
            if (!_writing)
            {
                _writing = true;
                ThreadPool.UnsafeQueueUserWorkItem(static outbox => outbox.WriteAll(), this, preferLocal: false);
            }

            return done;
        }
    }

    /// <summary>Lines that begin at this position of a segment of this process, without a look at the file. They are good until the next call.</summary>
    /// <returns>Where the last of them ends, which is the position itself when nothing follows; null: the file has to be read.</returns>
    public long? ReadRecent(long segment, long position, List<OutboxLine> into, int most)
    {
        lock (_sync)
            return _recent.Read(segment, position, into, most) ?? (segment == _segmentNumber && position == _length ? position : null);
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
        await written;
        await _segment.DisposeAsync();
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

    private FileStream Open(long segment)
    {
        var path = SegmentPath(_slot.Directory, segment);
        // Numbers begin anew in an emptied slot, and a mark of the last time would pass over the first events of this one.
        File.Delete(PublishedMark.PathOf(path));
        return _open(path);
    }

    private void WriteAll()
    {
        while (true)
        {
            Batch batch;
            lock (_sync)
            {
                if (_pending.Entries.Count == 0)
                {
                    _writing = false;
                    _idle?.TrySetResult();
                    return;
                }

                batch = _pending;
                (_pending, _spare) = (_spare, batch);
            }

            var failure = Write(batch.Lines.WrittenSpan, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch.Entries));
            foreach (var entry in batch.Entries)
            {
                if (failure is null)
                    entry.Done.SetResult();
                else
                    entry.Done.SetException(failure);
            }

            batch.Clear();
        }
    }

    /// <summary>Null when they are durable.</summary>
    private Exception? Write(ReadOnlySpan<byte> lines, ReadOnlySpan<Entry> entries)
    {
        try
        {
            if (_torn || _segment.Position >= SegmentBytes)
                NextSegment();

            var start = _segment.Position;
            _segment.Write(lines);
            if (_toDisk)
                _segment.Flush(flushToDisk: true);
            lock (_sync)
                Keep(start, lines, entries);
            return null;
        }
        catch (Exception e)
        {
            lock (_sync)
            {
                // What has been written may end in half a line, which must not become the beginning of the next one.
                _torn = true;
                _length = null;
                _recent.Clear();
            }

            return e;
        }
        finally
        {
            if (_grown.CurrentCount == 0)
                Grown();
        }
    }

    private void Keep(long position, ReadOnlySpan<byte> lines, ReadOnlySpan<Entry> entries)
    {
        foreach (var (requestId, keyId, length, _) in entries)
        {
            position += length;
            _recent.Add(_segmentNumber, position, requestId, keyId, lines[..(length - 1)]);
            lines = lines[length..];
        }

        _length = position;
        _appended += entries.Length;
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
        lock (_sync)
        {
            _segmentNumber++;
            _length = 0;
            _torn = false;
        }

        full.Dispose();
    }

    /// <summary>With its line end, in a buffer of the thread's that the next call uses again.</summary>
    internal static ReadOnlySpan<byte> Serialize(UsageEvent e)
    {
        var (buffer, json) = _serializer ??= NewSerializer();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        JsonSerializer.Serialize(json, e, UsageJson.Default.UsageEvent);
        buffer.Write("\n"u8);
        return buffer.WrittenSpan;
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewSerializer()
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        return (buffer, new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }));
    }

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _serializer;

    /// <summary>What has come while others were being written.</summary>
    private sealed class Batch
    {
        private const int MaxKeptBytes = 1024 * 1024;

        public ArrayBufferWriter<byte> Lines { get; private set; } = new(16 * 1024);

        public List<Entry> Entries { get; } = [];

        public Task Add(UsageEvent e, ReadOnlySpan<byte> line)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Lines.Write(line);
            Entries.Add(new Entry(e.RequestId, e.KeyId, line.Length, done));
            return done.Task;
        }

        public void Clear()
        {
            Entries.Clear();
            Lines.ResetWrittenCount();
            // A disk that stood still has filled it; most of it will not be needed again.
            if (Lines.Capacity > MaxKeptBytes)
                Lines = new ArrayBufferWriter<byte>(16 * 1024);
        }
    }

    /// <param name="Length">Of the line, with its end.</param>
    private readonly record struct Entry(string RequestId, string KeyId, int Length, TaskCompletionSource Done);
}
