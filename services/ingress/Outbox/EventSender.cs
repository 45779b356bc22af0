using Dapr.Client;
using Gateway.Contracts.Names;

namespace Gateway.Ingress.Outbox;

/// <summary>Hands events to the usage topic. What the broker refuses for good, and what is damaged, goes to the quarantine in its place.</summary>
internal sealed class EventSender(DaprClient dapr, Quarantine quarantine, TimeProvider time, ILogger log)
{
    /// <summary>So many refused one after the other and none taken: it is not the events. A topic that takes nothing must not empty the outbox.</summary>
    internal const int MaxRefusedInARow = 16;

    /// <summary>Of a call that hangs.</summary>
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(10);

    private int _refusedInARow;

    /// <returns>Null: it is taken, or set aside. Else why it has to be tried again.</returns>
    public async Task<Exception?> SendAsync(OutboxLine line, CancellationToken cancellationToken)
    {
        if (line.IsDamaged)
            return SetAside(line, "The record is damaged: its checksum is not that of its bytes, or it is cut off.");
        var metadata = new Dictionary<string, string>
        {
            ["cloudevent.id"] = line.RequestId!,
            ["cloudevent.type"] = EventTypes.UsageRecorded,
            ["cloudevent.source"] = AppIds.Ingress,
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CallLimit);
        try
        {
            await dapr.PublishByteEventAsync(ComponentNames.PubSub, Topics.Usage, line.Json, "application/json", metadata, limit.Token);
            Volatile.Write(ref _refusedInARow, 0);
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return Refusal.Of(e) is { } reason && Interlocked.Increment(ref _refusedInARow) <= MaxRefusedInARow ? SetAside(line, reason) : e;
        }
    }

    /// <returns>
    /// Those that were not taken; they are sent by themselves, which tells what is wrong with each. With them what stood behind one of the same key, so
    /// that it comes behind it in any case; what was taken of that is counted once.
    /// </returns>
    public async Task<List<OutboxLine>> SendTogetherAsync(List<OutboxLine> lines, CancellationToken cancellationToken)
    {
        var damaged = lines.FindAll(line => line.IsDamaged);
        var events = lines.FindAll(line => !line.IsDamaged).ConvertAll(line => new UsageCloudEvent(line));
        if (events.Count == 0)
            return damaged;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CallLimit);
        try
        {
            var response = await dapr.BulkPublishEventAsync(
                ComponentNames.PubSub, Topics.Usage, (IReadOnlyList<UsageCloudEvent>)events, cancellationToken: limit.Token);
            if (response.FailedEntries.Count < events.Count)
                Volatile.Write(ref _refusedInARow, 0);
            return response.FailedEntries.Count == 0 ? damaged : NotTaken(lines, [.. response.FailedEntries.Select(f => f.Entry.EventData.Line)]);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return lines;
        }
    }

    private static List<OutboxLine> NotTaken(List<OutboxLine> lines, HashSet<OutboxLine> failed)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        return lines.FindAll(line =>
        {
            if (failed.Contains(line))
                keys.Add(line.KeyId!);
            return line.KeyId is null || keys.Contains(line.KeyId);
        });
    }

    private Exception? SetAside(OutboxLine line, string reason)
    {
        try
        {
            if (!quarantine.TryAdd(line, reason, time.GetUtcNow()))
                return new IOException($"The quarantine of the outbox is full. {reason}");
            Log.SetAside(log, line.RequestId, line.KeyId, line.Json.Length, reason);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
