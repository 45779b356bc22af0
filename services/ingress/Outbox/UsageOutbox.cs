using System.Buffers;
using System.Globalization;
using System.Threading.Channels;
using Gateway.Contracts.Usage;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// The append-only log of usage events between the end of a request and the topic. One line of JSON an event. An append returns when
/// the bytes are with the operating system (or on the disk, with <c>GATEWAY_OUTBOX_SYNC</c>), so the crash of the process loses nothing
/// that a client has seen the end of. Appends that wait together are written together.
/// </summary>
internal sealed class UsageOutbox : IAsyncDisposable
{
    internal const long SegmentBytes = 16 * 1024 * 1024;

    private readonly Channel<Pending> _pending = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly OutboxSlot _slot;
    private readonly bool _sync;
    private readonly Func<string, FileStream> _open;
    private readonly Task _writing;
    private readonly SemaphoreSlim _grown = new(0, 1);
    private FileStream _segment;
    private long _segmentNumber;
    private long _appended;
    private long _published;
    private bool _torn;

    /// <param name="slot">Where; its own from now on.</param>
    /// <param name="sync">An event is on the disk when its append returns.</param>
    /// <param name="open">Opens a segment; for tests of disks that fail.</param>
    public UsageOutbox(OutboxSlot slot, bool sync, Func<string, FileStream>? open = null)
    {
        _slot = slot;
        _sync = sync;
        _open = open ?? (static path => new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0));
        // A new segment for each run: the last line of an old one may be torn.
        _segmentNumber = FirstSegment = Segments(slot.Directory).LastOrDefault() + 1;
        _segment = Open(_segmentNumber);
        _writing = Task.Run(WriteAsync);
    }

    public string Directory => _slot.Directory;

    /// <summary>What lies in older ones was written by a former process.</summary>
    public long FirstSegment { get; }

    /// <summary>Events that wait for the broker; those that a former process left behind are not among them.</summary>
    public long Waiting => Volatile.Read(ref _appended) - Volatile.Read(ref _published);

    /// <summary>The broker has taken so many more.</summary>
    public void MarkPublished(int events) => Interlocked.Add(ref _published, events);

    /// <summary>Makes the event durable.</summary>
    public Task AppendAsync(UsageEvent e)
    {
        var pending = new Pending(UsageJson.Write(e), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        return _pending.Writer.TryWrite(pending)
            ? pending.Done.Task
            : Task.FromException(new ObjectDisposedException(nameof(UsageOutbox)));
    }

    /// <summary>Waits until something was appended since the last wait, or the time is up.</summary>
    public Task WaitForMoreAsync(TimeSpan atMost, CancellationToken cancellationToken) => _grown.WaitAsync(atMost, cancellationToken);

    /// <summary>Whether a segment is still written to, or is about to be: the next one's file is there a moment before it is in use.</summary>
    public bool IsOpen(long segment) => segment >= Volatile.Read(ref _segmentNumber);

    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
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

    private async Task WriteAsync()
    {
        var lines = new ArrayBufferWriter<byte>(64 * 1024);
        var waiting = new List<TaskCompletionSource>();
        while (await _pending.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            while (lines.WrittenCount < 1024 * 1024 && _pending.Reader.TryRead(out var next))
            {
                lines.Write(next.Line);
                lines.Write("\n"u8);
                waiting.Add(next.Done);
            }

            try
            {
                if (_torn)
                {
                    await NextSegmentAsync().ConfigureAwait(false);
                    _torn = false;
                }

                _segment.Write(lines.WrittenSpan);
                if (_sync)
                    _segment.Flush(flushToDisk: true);
                Interlocked.Add(ref _appended, waiting.Count);
                foreach (var done in waiting)
                    done.SetResult();
                if (_segment.Position >= SegmentBytes)
                    await NextSegmentAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // What has been written may end in half a line, which must not become the beginning of the next one.
                _torn = true;
                foreach (var done in waiting)
                    done.TrySetException(e);
            }

            lines.ResetWrittenCount();
            waiting.Clear();
            if (_grown.CurrentCount == 0)
                _grown.Release();
        }
    }

    private async Task NextSegmentAsync()
    {
        var next = Open(_segmentNumber + 1);
        var full = _segment;
        _segment = next;
        Interlocked.Increment(ref _segmentNumber);
        await full.DisposeAsync().ConfigureAwait(false);
    }

    private readonly record struct Pending(byte[] Line, TaskCompletionSource Done);
}
