using Dapr;
using Dapr.Client;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// Publishes the outbox to the usage topic, in order, at least once: a batch counts as published when the broker has taken all of it,
/// and only then does the mark move on. While the broker is away the outbox grows and requests go on.
/// </summary>
internal sealed class OutboxPublisher(DaprClient dapr, UsageOutbox outbox, IngressOptions options, ILogger<OutboxPublisher> log) : BackgroundService
{
    private const int LinesAtOnce = 256;
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);
    /// <summary>What ends within this time is published together: a busy gateway pays for a call and a note of how far it got once, not per event.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AfterDiskFailure = TimeSpan.FromSeconds(1);

    /// <summary>Of the segment that was published from last.</summary>
    private PublishedMark? _mark;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var slot in OutboxSlot.TakeAbandoned(options.OutboxDirectory))
            {
                using (slot)
                    await DrainInTheEndAsync(slot.Directory, stoppingToken);
            }

            while (true)
            {
                await DrainInTheEndAsync(outbox.Directory, stoppingToken);
                if (await outbox.WaitForMoreAsync(Idle, stoppingToken))
                    await Task.Delay(Gathering, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest is published by the next start.
        }
    }

    /// <summary>Kestrel has stopped by now and every request has ended: publishes their events before the process ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastFlush);
        try
        {
            await DrainAsync(outbox.Directory, limit.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // The broker is away, or the disk fails: the next start publishes them.
        }
    }

    public override void Dispose()
    {
        _mark?.Dispose();
        base.Dispose();
    }

    /// <summary>A full or failing disk must not end the service, which would take the front door with it.</summary>
    private async Task DrainInTheEndAsync(string directory, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await DrainAsync(directory, cancellationToken);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (attempt % 60 == 1)
                    Log.PublishFailing(log, attempt, e);
                await Task.Delay(AfterDiskFailure, cancellationToken);
            }
        }
    }

    private async Task DrainAsync(string directory, CancellationToken cancellationToken)
    {
        var isOwn = directory == outbox.Directory;
        foreach (var segment in UsageOutbox.Segments(directory).ToList())
        {
            var isOpen = isOwn && outbox.IsOpen(segment);
            var path = UsageOutbox.SegmentPath(directory, segment);
            await DrainSegmentAsync(path, isOwn && segment >= outbox.FirstSegment ? segment : null, cancellationToken);
            if (!isOpen)
            {
                _mark?.Dispose();
                _mark = null;
                // In this order: a crash in between leaves events to publish again, and not a mark that a later segment of this number would obey.
                File.Delete(PublishedMark.PathOf(path));
                File.Delete(path);
            }
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="own">Its number, when this process has written it; null: a former one has.</param>
    private async Task DrainSegmentAsync(string path, long? own, CancellationToken cancellationToken)
    {
        if (_mark?.Segment != path)
        {
            _mark?.Dispose();
            _mark = new PublishedMark(path);
        }

        var mark = _mark;
        using var file = new SegmentReader(path, log);
        var lines = new List<OutboxLine>();
        while (true)
        {
            lines.Clear();
            var end = own is { } segment && outbox.ReadRecent(segment, mark.Position, lines, LinesAtOnce) is { } recent
                ? recent
                : await file.ReadAsync(mark.Position, lines, cancellationToken);
            if (end == mark.Position)
                return;
            await PublishAsync(lines, cancellationToken);
            mark.MoveTo(end);
            if (own is not null)
                outbox.MarkPublished(lines.Count);
        }
    }

    private Task PublishAsync(List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        if (options.PublishAhead > 1)
            return PublishTogetherAsync(lines, cancellationToken);
        // Events of one key arrive in order (rule F38); keys go side by side.
        var side = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
        return Parallel.ForEachAsync(lines.GroupBy(l => l.KeyId), side, async (ofKey, ct) =>
        {
            foreach (var line in ofKey)
                await PublishAsync(line, ct);
        });
    }

    private async Task PublishTogetherAsync(List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        foreach (var some in lines.Chunk(options.PublishAhead))
        {
            IReadOnlyList<UsageCloudEvent> events = Array.ConvertAll(some, line => new UsageCloudEvent(line));
            for (var failures = 0; events.Count > 0;)
            {
                try
                {
                    var response = await dapr.BulkPublishEventAsync(ComponentNames.PubSub, Topics.Usage, events, cancellationToken: cancellationToken);
                    if (response.FailedEntries is not [var first, ..])
                        break;
                    // The others are there; these are sent again.
                    events = response.FailedEntries.ConvertAll(f => f.Entry.EventData);
                    await BackOffAsync(++failures, new DaprException(first.ErrorMessage), cancellationToken);
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    await BackOffAsync(++failures, e, cancellationToken);
                }
            }
        }
    }

    private async Task PublishAsync(OutboxLine line, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            ["cloudevent.id"] = line.RequestId,
            ["cloudevent.type"] = EventTypes.UsageRecorded,
            ["cloudevent.source"] = AppIds.Ingress,
        };
        for (var failures = 0; ;)
        {
            try
            {
                await dapr.PublishByteEventAsync(ComponentNames.PubSub, Topics.Usage, line.Json, "application/json", metadata, cancellationToken);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                await BackOffAsync(++failures, e, cancellationToken);
            }
        }
    }

    private Task BackOffAsync(int failures, Exception failure, CancellationToken cancellationToken)
    {
        if (failures is 4 or 11 || failures % 60 == 0)
            Log.PublishFailing(log, failures, failure);
        return Task.Delay(TimeSpan.FromMilliseconds(Math.Min(100 * Math.Pow(2, failures - 1), MaxPause.TotalMilliseconds)), cancellationToken);
    }
}
