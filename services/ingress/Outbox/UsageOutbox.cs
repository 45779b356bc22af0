using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Contracts.Usage;
using Gateway.Hosting;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// The append-only log of usage events between the end of a request and the topic. One line an event. An append returns when
/// the bytes are with the operating system (or on the disk, with <c>GATEWAY_OUTBOX_SYNC</c>), so the crash of the process loses nothing
/// that a client has seen the end of. Written by a thread of the pool: whoever appends may be the thread that waits for the sockets, and a disk
/// that is full or hangs must not hold up its other requests. What is appended while it writes is written together next. What the disk does not
/// take, full or gone, is held in memory and written first when it does; meanwhile new requests are refused from a small number on.
/// </summary>
internal sealed class UsageOutbox : IAsyncDisposable
{
    internal const long SegmentBytes = 16 * 1024 * 1024;

    /// <summary>Events in memory only, from which on new requests are refused. Those that run may still add theirs.</summary>
    internal const int MaxHeld = 64;

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly Lock _sync = new();
    private readonly EventNumbers _numbers = new();
    private readonly RecentLines _recent = new();
    private readonly OutboxSlot _slot;
    private readonly ILogger _log;
    private readonly bool _toDisk;
    private readonly Func<string, FileStream> _open;
    private readonly Timer _tryAgain;
    private readonly Batch _held = new();
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
    private int _heldEvents;
    private bool _writing, _disposed, _torn;

    /// <param name="slot">Where; its own from now on.</param>
    /// <param name="sync">An event is on the disk when its append returns.</param>
    /// <param name="log">Where it says that the disk does not take events, and that it does again.</param>
    /// <param name="open">Opens a segment; for tests of disks that fail.</param>
    public UsageOutbox(OutboxSlot slot, bool sync, ILogger log, Func<string, FileStream>? open = null)
    {
        _slot = slot;
        _log = log;
        _toDisk = sync;
        _open = open ?? (static path => PrivateFiles.Open(path, FileMode.Append, FileAccess.Write, FileShare.Read));
        _tryAgain = new Timer(static outbox => ((UsageOutbox)outbox!).StartWriting(), this, Timeout.Infinite, Timeout.Infinite);
        // A new segment for each run: the last line of an old one may be torn.
        _segmentNumber = FirstSegment = Segments(slot.Directory).LastOrDefault() + 1;
        _segment = Open(_segmentNumber);
    }

    /// <summary>The outbox in the directory that is set, in a slot of its own.</summary>
    /// <exception cref="StartException">The directory cannot be written to.</exception>
    public static UsageOutbox Open(IngressOptions options, ILogger<UsageOutbox> log)
    {
        try
        {
            return new UsageOutbox(OutboxSlot.Take(options.OutboxDirectory), options.OutboxSync, log);
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
    public long Waiting => Appended - Published;

    /// <summary>Events of this process that were written.</summary>
    public long Appended => Volatile.Read(ref _appended);

    /// <summary>Those of them that the broker has.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Events that the disk has not taken, in memory only.</summary>
    public int Unwritten => Volatile.Read(ref _heldEvents);

    /// <summary>Whether a request that begins now would be refused: its event would be one too many in memory.</summary>
    public bool IsFull => Unwritten >= MaxHeld;

    public long LastSegment => Volatile.Read(ref _segmentNumber);

    /// <summary>The broker has taken so many more.</summary>
    public void MarkPublished(int events) => Interlocked.Add(ref _published, events);

    /// <summary>Makes the event durable, under a number of its own. False: the disk does not take it, and it is held in memory until it does.</summary>
    public Task<bool> AppendAsync(UsageEvent e)
    {
        var (source, number) = _numbers.Next(e.KeyId);
        return AppendAsync(e.RequestId, e.KeyId, Serialize(e with { Source = source, Sequence = number, SequenceOf = e.SettlementKey }));
    }

    /// <summary>An event that was set aside, as it stands: it keeps the number by which it is known.</summary>
    /// <param name="json">An event of this outbox or another's.</param>
    public Task<bool> AppendAsync(string requestId, string keyId, ReadOnlySpan<byte> json)
    {
        Task<bool> done;
        lock (_sync)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            done = _pending.Add(requestId, keyId, json);
        }

        StartWriting();
        return done;
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
        await _tryAgain.DisposeAsync();
        if (_held.Entries.Count > 0 && !WriteHeld())
            Log.HeldLost(_log, _held.Entries.Count);
        await _segment.DisposeAsync();
        _slot.Dispose();
        _grown.Dispose();
    }

    internal static IEnumerable<long> Segments(string directory) =>
        (System.IO.Directory.Exists(directory) ? System.IO.Directory.EnumerateFiles(directory, "*.jsonl") : [])
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

    private void StartWriting()
    {
        lock (_sync)
        {
            if (_writing || (_pending.Entries.Count == 0 && (_heldEvents == 0 || _disposed)))
                return;
            _writing = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static outbox => outbox.WriteAll(), this, preferLocal: false);
    }

    private void WriteAll()
    {
        var fails = _held.Entries.Count > 0 && !WriteHeld();
        while (true)
        {
            // Where the core is busy with requests, those that end meanwhile are written together: half the thread switches. Else it costs nothing.
            Thread.Yield();
            Batch batch;
            lock (_sync)
            {
                if (_pending.Entries.Count == 0)
                {
                    _writing = false;
                    if (fails && !_disposed)
                        _tryAgain.Change(TryAgainAfter, Timeout.InfiniteTimeSpan);
                    _idle?.TrySetResult();
                    return;
                }

                batch = _pending;
                (_pending, _spare) = (_spare, batch);
            }

            // Those that are held come first.
            if (!fails && Write(batch) is { } failure)
            {
                fails = true;
                Log.OutboxFails(_log, MaxHeld, failure);
            }

            if (fails)
                _held.Add(batch);
            Volatile.Write(ref _heldEvents, _held.Entries.Count);
            foreach (var entry in batch.Entries)
                entry.Done.SetResult(!fails);
            batch.Clear();
        }
    }

    private bool WriteHeld()
    {
        if (Write(_held) is not null)
            return false;
        Log.OutboxWorks(_log, _held.Entries.Count);
        _held.Clear();
        Volatile.Write(ref _heldEvents, 0);
        return true;
    }

    /// <summary>Null when they are durable.</summary>
    private Exception? Write(Batch batch)
    {
        long? start = null;
        try
        {
            // A file that was taken away goes on taking what nobody will ever read.
            if (_torn || _segment.Position >= SegmentBytes || !File.Exists(_segment.Name))
                NextSegment();

            start = _segment.Position;
            _segment.Write(batch.Lines.WrittenSpan);
            if (_toDisk)
                _segment.Flush(flushToDisk: true);
            lock (_sync)
                Keep(start.Value, batch);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            TakeBack(start);
            return e;
        }
        finally
        {
            if (_grown.CurrentCount == 0)
                Grown();
        }
    }

    /// <summary>What has been written may end in half a record, which must not become the beginning of the next one.</summary>
    private void TakeBack(long? start)
    {
        try
        {
            if (start is { } length)
                _segment.SetLength(length);
            return;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // It stays, and whoever reads it finds damage; the events themselves are written anew.
        }

        lock (_sync)
        {
            _torn = true;
            _length = null;
            _recent.Clear();
        }
    }

    private void Keep(long position, Batch batch)
    {
        var lines = batch.Lines.WrittenSpan;
        foreach (var (requestId, keyId, length, _) in batch.Entries)
        {
            position += length;
            _recent.Add(_segmentNumber, position, requestId, keyId, lines[..(length - OutboxRecord.Frame)]);
            lines = lines[length..];
        }

        _length = position;
        _appended += batch.Entries.Count;
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
        _slot.Restore();
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

    /// <summary>In a buffer of the thread's that the next call uses again.</summary>
    internal static ReadOnlySpan<byte> Serialize(UsageEvent e)
    {
        var (buffer, json) = _serializer ??= NewSerializer();
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        JsonSerializer.Serialize(json, e, UsageJson.Default.UsageEvent);
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

        public Task<bool> Add(string requestId, string keyId, ReadOnlySpan<byte> json)
        {
            var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            Lines.Write(json);
            OutboxRecord.Finish(Lines, json);
            Entries.Add(new Entry(requestId, keyId, json.Length + OutboxRecord.Frame, done));
            return done.Task;
        }

        public void Add(Batch other)
        {
            Lines.Write(other.Lines.WrittenSpan);
            Entries.AddRange(other.Entries);
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

    /// <param name="Length">Of the record.</param>
    private readonly record struct Entry(string RequestId, string KeyId, int Length, TaskCompletionSource<bool> Done);
}
