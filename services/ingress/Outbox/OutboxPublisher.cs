using System.Runtime.InteropServices;
using Dapr.Client;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// Publishes the outbox to the usage topic at least once, each key's events in their order. Where an event is not taken, its key waits with it and
/// no other does: what comes of that key is held, by its place in the file. While the broker is away the outbox grows and requests go on.
/// <code>
///   segments ─► read on ─► of a key that waits? ─ yes ─► held, in order ─► its first one again and again, then the others
///                                  no ─► publish ─ not taken ─┘
/// </code>
/// </summary>
internal sealed class OutboxPublisher(
    DaprClient dapr, UsageOutbox outbox, Quarantine quarantine, IngressOptions options, TimeProvider time, ILogger<OutboxPublisher> log) : BackgroundService
{
    private const int LinesAtOnce = 256;

    /// <summary>Keys that wait at the same time, above which it is the broker that is away: nothing more is read then.</summary>
    private const int MaxWaitingKeys = 64;

    /// <summary>Events that are held, at 24 bytes each.</summary>
    private const int MaxHeld = 1_000_000;

    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);
    /// <summary>What ends within this time is published together: a busy gateway pays for a call and a note of how far it got once, not per event.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AfterDiskFailure = TimeSpan.FromSeconds(1);

    private readonly EventSender _sender = new(dapr, quarantine, time, log);
    private readonly Lock _sync = new();
    private readonly Dictionary<string, WaitingKey> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SegmentProgress> _segments = new(StringComparer.Ordinal);
    private readonly List<OutboxSlot> _abandoned = [];
    private CancellationToken _stopping;
    private long _firstOwn;
    private int _held;

    /// <summary>Events that wait for one before them, or to be tried again.</summary>
    public int Held => Volatile.Read(ref _held);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        _abandoned.AddRange(OutboxSlot.TakeAbandoned(options.OutboxDirectory));
        for (var failures = 0; !stoppingToken.IsCancellationRequested;)
        {
            try
            {
                await ReadOnAsync(stoppingToken);
                failures = 0;
                // Held back, it looks again soon; else when there is more.
                if (IsHeldBack || await outbox.WaitForMoreAsync(Idle, stoppingToken))
                    await Task.Delay(Gathering, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The rest is published by the next start.
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full or failing disk must not end the service, which would take the front door with it.
                if (failures++ % 60 == 0)
                    Log.PublishFailing(log, failures, e);
                await Task.Delay(AfterDiskFailure, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Kestrel has stopped by now and every request has ended: publishes their events before the process ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(WaitingTasks());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastFlush);
        _stopping = limit.Token;
        try
        {
            TryAllAgain();
            await ReadOnAsync(limit.Token);
            await Task.WhenAll(WaitingTasks());
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // The broker is away, or the disk fails: the next start publishes them.
        }

        await limit.CancelAsync();
        await Task.WhenAll(WaitingTasks());
    }

    public override void Dispose()
    {
        foreach (var segment in _segments.Values)
            segment.Dispose();
        foreach (var slot in _abandoned)
            slot.Dispose();
        base.Dispose();
    }

    /// <summary>Called with an event that the broker has taken; of those taken together, with the last.</summary>
    public Action<ReadOnlyMemory<byte>>? Taken { get; set; }

    private bool IsHeldBack
    {
        get
        {
            lock (_sync)
                return _waiting.Count >= MaxWaitingKeys || _held >= MaxHeld;
        }
    }

    private List<Task> WaitingTasks()
    {
        lock (_sync)
            return [.. _waiting.Values.Select(w => w.Trying)];
    }

    private async Task ReadOnAsync(CancellationToken cancellationToken)
    {
        foreach (var slot in _abandoned.ToList())
        {
            if (!await ReadOnAsync(slot.Directory, cancellationToken))
                continue;
            _abandoned.Remove(slot);
            slot.Dispose();
        }

        await ReadOnAsync(outbox.Directory, cancellationToken);
    }

    /// <summary>True when nothing is left in the directory.</summary>
    private async Task<bool> ReadOnAsync(string directory, CancellationToken cancellationToken)
    {
        var isOwn = directory == outbox.Directory;
        var isEmpty = true;
        foreach (var number in isOwn ? OwnSegments() : UsageOutbox.Segments(directory).ToList())
        {
            var isOpen = isOwn && outbox.IsOpen(number);
            var path = UsageOutbox.SegmentPath(directory, number);
            if (!_segments.TryGetValue(path, out var segment))
                _segments[path] = segment = new SegmentProgress(path, isOwn && number >= outbox.FirstSegment ? number : null, log);
            if (!segment.IsDone)
            {
                if (!await ReadOnAsync(segment, !isOpen, cancellationToken))
                    return false;
                if (!isOpen)
                    segment.End();
            }

            isEmpty &= segment.IsDone;
            if (segment.IsDone)
                _segments.Remove(path);
            if (segment.IsDone && number == _firstOwn)
                _firstOwn++;
        }

        return isEmpty;
    }

    /// <summary>
    /// Those that a former process has left in the slot, and this one's: they are known without a look, and their lines may be in memory where
    /// somebody has taken the folder away.
    /// </summary>
    private List<long> OwnSegments()
    {
        _firstOwn = Math.Max(_firstOwn, outbox.FirstSegment);
        List<long> numbers = [.. UsageOutbox.Segments(outbox.Directory).Where(n => n < outbox.FirstSegment)];
        for (var n = _firstOwn; n <= outbox.LastSegment; n++)
            numbers.Add(n);
        return numbers;
    }

    /// <summary>False when it is held back: too much waits already.</summary>
    private async Task<bool> ReadOnAsync(SegmentProgress segment, bool isClosed, CancellationToken cancellationToken)
    {
        var lines = new List<OutboxLine>();
        while (!IsHeldBack)
        {
            lines.Clear();
            var position = segment.Begin();
            var end = segment.Own is { } own && outbox.ReadRecent(own, position, lines, LinesAtOnce) is { } recent
                ? recent
                : await ReadFileAsync(segment, position, isClosed, lines, cancellationToken);
            if (end == position)
                return true;
            segment.Read(lines, end);
            try
            {
                await PublishAsync(segment, lines, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                segment.Unread(position);
                throw;
            }
        }

        return false;
    }

    private async Task<long> ReadFileAsync(
        SegmentProgress segment, long position, bool isClosed, List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            return await segment.Reader.ReadAsync(position, isClosed, lines, cancellationToken);
        }
        catch (Exception e) when (isClosed && e is FileNotFoundException or DirectoryNotFoundException)
        {
            Log.SegmentGone(log, segment.Own);
            return position;
        }
    }

    private async Task PublishAsync(SegmentProgress segment, List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        var calls = CallsOf(lines);
        for (var i = 0; i < calls.Count; i++)
        {
            if (calls[i].Count == 1)
            {
                // One key is left, whose events go one after the other.
                await PublishByKeyAsync(segment, calls[i..].ConvertAll(call => call[0]), cancellationToken);
                return;
            }

            var free = HoldThoseThatWait(segment, calls[i]);
            var left = await _sender.SendTogetherAsync(free, cancellationToken);
            if (free.Except(left).ToList() is [.., var last] taken)
            {
                Taken?.Invoke(last.Json);
                Settle(segment, taken.ConvertAll(l => l.Start));
            }

            await PublishByKeyAsync(segment, left, cancellationToken);
        }
    }

    /// <summary>
    /// What goes in one call after the other: some events of each key, one where nobody promises that the broker keeps the order of a bulk. What of a key
    /// goes in a later call goes when the earlier ones are taken, or is held with them.
    /// </summary>
    private List<List<OutboxLine>> CallsOf(List<OutboxLine> lines)
    {
        var calls = new List<List<OutboxLine>>();
        var events = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            ref var before = ref CollectionsMarshal.GetValueRefOrAddDefault(events, line.KeyId ?? "", out _);
            var call = before++ / options.PublishAhead;
            if (calls.Count == call)
                calls.Add([]);
            calls[call].Add(line);
        }

        return calls;
    }

    private Task PublishByKeyAsync(SegmentProgress segment, List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        // Events of one key arrive in order (rule F38); keys go side by side.
        var side = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(HoldThoseThatWait(segment, lines).GroupBy(l => l.KeyId ?? ""), side, async (ofKey, ct) =>
        {
            var left = new Queue<OutboxLine>(ofKey);
            while (left.TryPeek(out var line))
            {
                if (await _sender.SendAsync(line, ct) is { } failure)
                {
                    Wait(ofKey.Key, segment, left, failure);
                    return;
                }

                left.Dequeue();
                Taken?.Invoke(line.Json);
                Settle(segment, [line.Start]);
            }
        });
    }

    private void Settle(SegmentProgress segment, List<long> starts)
    {
        segment.Settle(starts);
        if (segment.Own is not null)
            outbox.MarkPublished(starts.Count);
    }

    /// <summary>The lines of keys that do not wait.</summary>
    private List<OutboxLine> HoldThoseThatWait(SegmentProgress segment, List<OutboxLine> lines)
    {
        lock (_sync)
        {
            return _waiting.Count == 0 ? lines : lines.FindAll(line =>
            {
                if (!_waiting.TryGetValue(line.KeyId ?? "", out var key))
                    return true;
                Hold(key, segment, line);
                return false;
            });
        }
    }

    private void Hold(WaitingKey key, SegmentProgress segment, OutboxLine line)
    {
        key.Held.Add(new Place(segment, line.Start, line.Length));
        _held++;
    }

    /// <param name="lines">The first was not taken.</param>
    private void Wait(string keyId, SegmentProgress segment, IEnumerable<OutboxLine> lines, Exception failure)
    {
        lock (_sync)
        {
            var key = _waiting[keyId] = new WaitingKey();
            foreach (var line in lines)
                Hold(key, segment, line);
            key.Trying = Task.Run(() => TryAgainAsync(keyId, key, failure), CancellationToken.None);
        }
    }

    private void TryAllAgain()
    {
        lock (_sync)
        {
            foreach (var (id, key) in _waiting)
                key.Trying = Task.Run(() => TryAgainAsync(id, key, null), CancellationToken.None);
        }
    }

    /// <summary>Until nothing of the key is held, or the service stops; the next start publishes the rest.</summary>
    private async Task TryAgainAsync(string keyId, WaitingKey key, Exception? failure)
    {
        for (var failures = 1; !_stopping.IsCancellationRequested; failures++)
        {
            if (failures is 4 or 11 || failures % 60 == 0)
                Log.PublishFailing(log, failures, failure);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(100 * Math.Pow(2, failures - 1), MaxPause.TotalMilliseconds)), time, _stopping)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // The first by itself, and once it is taken the others as many at a time as they go.
                for (var most = 1; ; most = options.PublishAhead)
                {
                    List<Place> places;
                    lock (_sync)
                    {
                        if (key.Held.Count == 0)
                        {
                            _waiting.Remove(keyId);
                            return;
                        }

                        places = [.. key.Held.Take(most)];
                    }

                    failure = await TryAgainAsync(key, places);
                    if (failure is not null)
                        break;
                    failures = 0;
                }
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                failure = e;
            }
        }
    }

    private async Task<Exception?> TryAgainAsync(WaitingKey key, List<Place> places)
    {
        var lines = new List<OutboxLine>(places.Count);
        foreach (var place in places)
            lines.Add(await place.Segment.Reader.ReadAgainAsync(place.Start, place.Length, _stopping));
        var failure = lines.Count == 1 ? await _sender.SendAsync(lines[0], _stopping) : null;
        List<OutboxLine> left = lines.Count > 1 ? await _sender.SendTogetherAsync(lines, _stopping) : failure is null ? [] : lines;
        var taken = places.Where((_, i) => !left.Contains(lines[i])).ToList();
        lock (_sync)
        {
            // What has been held meanwhile comes behind them.
            key.Held.RemoveRange(0, places.Count);
            key.Held.InsertRange(0, places.Except(taken));
            _held -= taken.Count;
        }

        foreach (var ofSegment in taken.GroupBy(p => p.Segment))
            Settle(ofSegment.Key, [.. ofSegment.Select(p => p.Start)]);
        return failure ?? (left.Count > 0 ? new IOException("The broker has taken a part of them only.") : null);
    }

    private sealed class WaitingKey
    {
        public List<Place> Held { get; } = [];

        public Task Trying { get; set; } = Task.CompletedTask;
    }

    private readonly record struct Place(SegmentProgress Segment, long Start, int Length);
}
