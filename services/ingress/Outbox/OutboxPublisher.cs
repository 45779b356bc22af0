using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Outbox;

/// <summary>
/// Publishes the outbox to the usage topic, in order, at least once: a batch counts as published when the broker has taken all of it,
/// and only then does the mark move on. While the broker is away the outbox grows and requests go on.
/// </summary>
internal sealed class OutboxPublisher(DaprClient dapr, UsageOutbox outbox, IngressOptions options, ILogger<OutboxPublisher> log) : BackgroundService
{
    private const int BatchBytes = 256 * 1024;
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(10);
    /// <summary>What ends within this time is published together: a busy gateway pays for a look at the log and a note of how far it got once, not per event.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AfterDiskFailure = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var slot in OutboxSlot.TakeAbandoned(options.OutboxDirectory))
            {
                using (slot)
                    await DrainInTheEndAsync(slot.Directory, _ => false, stoppingToken).ConfigureAwait(false);
            }

            while (true)
            {
                await DrainInTheEndAsync(outbox.Directory, outbox.IsOpen, stoppingToken).ConfigureAwait(false);
                if (await outbox.WaitForMoreAsync(Idle, stoppingToken).ConfigureAwait(false))
                    await Task.Delay(Gathering, stoppingToken).ConfigureAwait(false);
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
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(LastFlush);
        try
        {
            await DrainAsync(outbox.Directory, outbox.IsOpen, limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or UnauthorizedAccessException)
        {
            // The broker is away, or the disk fails: the next start publishes them.
        }
    }

    /// <summary>A full or failing disk must not end the service, which would take the front door with it.</summary>
    private async Task DrainInTheEndAsync(string directory, Func<long, bool> isOpen, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await DrainAsync(directory, isOpen, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (attempt % 60 == 1)
                    Log.PublishFailing(log, attempt, e);
                await Task.Delay(AfterDiskFailure, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task DrainAsync(string directory, Func<long, bool> isOpen, CancellationToken cancellationToken)
    {
        foreach (var segment in UsageOutbox.Segments(directory).ToList())
        {
            var open = isOpen(segment);
            var path = UsageOutbox.SegmentPath(directory, segment);
            await DrainSegmentAsync(path, cancellationToken).ConfigureAwait(false);
            if (!open)
            {
                // In this order: a crash in between leaves events to publish again, and not a mark that a later segment of this number would obey.
                File.Delete(UsageOutbox.MarkPath(path));
                File.Delete(path);
            }
        }
    }

    private async Task DrainSegmentAsync(string path, CancellationToken cancellationToken)
    {
        var done = ReadMark(path);
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = ArrayPool<byte>.Shared.Rent(BatchBytes);
        try
        {
            while (true)
            {
                file.Position = done;
                var read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                var end = buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
                if (end == 0)
                {
                    if (read < buffer.Length)
                        return;
                    // A line longer than the batch.
                    var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                    continue;
                }

                var published = await PublishAsync(buffer.AsMemory(0, end), cancellationToken).ConfigureAwait(false);
                done += end;
                WriteMark(path, done);
                if (IsOwn(path))
                    outbox.MarkPublished(published);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<int> PublishAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellationToken)
    {
        // Events of one key arrive in order (rule F38); keys go side by side.
        var byKey = new Dictionary<string, List<(string Id, ReadOnlyMemory<byte> Line)>>(StringComparer.Ordinal);
        while (lines.Length > 0)
        {
            var end = lines.Span.IndexOf((byte)'\n');
            var line = lines[..end];
            lines = lines[(end + 1)..];
            if (!TryReadIds(line.Span, out var requestId, out var keyId))
            {
                Log.OutboxLineUnreadable(log, line.Length);
                continue;
            }

            if (!byKey.TryGetValue(keyId, out var ofKey))
                byKey[keyId] = ofKey = [];
            ofKey.Add((requestId, line));
        }

        await Parallel.ForEachAsync(byKey.Values, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken }, async (ofKey, ct) =>
            await PublishAsync(ofKey, ct).ConfigureAwait(false)).ConfigureAwait(false);
        return byKey.Values.Sum(k => k.Count);
    }

    private async Task PublishAsync(List<(string Id, ReadOnlyMemory<byte> Line)> ofKey, CancellationToken cancellationToken)
    {
        var calls = new List<Task<Exception?>>(options.PublishAhead);
        var failures = 0;
        for (var done = 0; done < ofKey.Count;)
        {
            calls.Clear();
            foreach (var (id, line) in ofKey.Skip(done).Take(options.PublishAhead))
                calls.Add(PublishAsync(id, line, cancellationToken));
            var taken = 0;
            Exception? failure = null;
            foreach (var call in calls)
            {
                failure ??= await call.ConfigureAwait(false);
                taken += failure is null ? 1 : 0;
            }

            // From the first that failed on all are sent again: those behind it are harmless twice, and come in order.
            done += taken;
            if (failure is null)
            {
                failures = 0;
                continue;
            }

            await Task.WhenAll(calls).ConfigureAwait(false);
            if (++failures is 4 or 11 || failures % 60 == 0)
                Log.PublishFailing(log, failures, failure);
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(100 * Math.Pow(2, failures - 1), MaxPause.TotalMilliseconds)), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Null when the broker has it.</summary>
    private async Task<Exception?> PublishAsync(string id, ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            ["cloudevent.id"] = id,
            ["cloudevent.type"] = EventTypes.UsageRecorded,
            ["cloudevent.source"] = AppIds.Ingress,
        };
        try
        {
            await dapr.PublishByteEventAsync(ComponentNames.PubSub, Topics.Usage, line, "application/json", metadata, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return e;
        }
    }

    private bool IsOwn(string segmentPath) =>
        Path.GetDirectoryName(segmentPath) == outbox.Directory &&
        long.TryParse(Path.GetFileNameWithoutExtension(segmentPath), NumberStyles.None, CultureInfo.InvariantCulture, out var segment) && segment >= outbox.FirstSegment;

    private static bool TryReadIds(ReadOnlySpan<byte> line, out string requestId, out string keyId)
    {
        requestId = keyId = "";
        try
        {
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                    continue;
                if (reader.ValueTextEquals("request_id"u8) && reader.Read())
                    requestId = reader.GetString() ?? "";
                else if (reader.ValueTextEquals("key_id"u8) && reader.Read())
                    keyId = reader.GetString() ?? "";
                if (requestId.Length > 0 && keyId.Length > 0)
                    return true;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A torn line from a full disk: reported by the caller.
        }

        return false;
    }

    private static long ReadMark(string segmentPath)
    {
        try
        {
            return long.Parse(File.ReadAllText(UsageOutbox.MarkPath(segmentPath), Encoding.ASCII), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FileNotFoundException or FormatException or OverflowException)
        {
            // None, or one torn by a crash: publishing again is harmless, billing keeps each event once.
            return 0;
        }
    }

    private static void WriteMark(string segmentPath, long position) =>
        File.WriteAllText(UsageOutbox.MarkPath(segmentPath), position.ToString(CultureInfo.InvariantCulture), Encoding.ASCII);
}
