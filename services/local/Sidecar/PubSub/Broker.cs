using System.Buffers;
using System.Collections.Concurrent;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Publishing: a row for each app that wants what one call brings, written before the publisher gets its answer, or settled by then. An app
/// that has not yet said
/// what it subscribes to gets rows too, which its subscription confirms or removes, so that nothing is lost between start and start.
/// </summary>
internal sealed class Broker(ResourceSet resources, Database database, TimeProvider time, IReadOnlyList<string> appIds)
{
    /// <summary>Holder of dead letters that nobody subscribes to; the first app that does takes them over.</summary>
    private static readonly Posting.Target Parked = new("", null);

    private readonly ConcurrentDictionary<string, DeliveryPump> _pumps = new(StringComparer.Ordinal);

    /// <summary>What has been worked out of the components and the subscriptions; begun anew with each that comes.</summary>
    private volatile Routes _routes = new();

    /// <exception cref="SidecarFault">No such pub/sub in this app's scope.</exception>
    public void Check(string appId, string pubSub)
    {
        if (!_routes.Visible.GetOrAdd((appId, pubSub), key => resources.PubSub(key.App, key.PubSub) is not null))
            throw new SidecarFault(404, "ERR_PUBSUB_NOT_FOUND", $"pubsub {pubSub} is not found", [SidecarFault.ErrorInfo("DAPR_PUBSUB_NOT_FOUND")]);
    }

    /// <summary>
    /// Each is on the disk when this completes, or done with. When it fails all of them are to be published again; a subscriber that took
    /// some of them meanwhile gets those twice.
    /// </summary>
    /// <exception cref="SidecarFault">No such pub/sub in this app's scope, or a CloudEvent that is none.</exception>
    public async Task PublishAsync(string appId, string pubSub, string topic, IReadOnlyList<Publication> messages, string? traceparent)
    {
        Check(appId, pubSub);
        var rows = Rows(appId, pubSub, topic, messages, traceparent);
        var targets = Targets(pubSub, topic);
        List<Task>? taken = null;
        // Who publishes one event wants its answer at once; who publishes many, that they are taken: a subscriber that is free gets them
        // before they are written, which most of them never are then.
        if (messages.Count > 1)
        {
            targets = [.. targets.Where(target =>
            {
                if (target.Pump?.TryTake(rows) is not { } task)
                    return true;
                (taken ??= []).Add(task);
                return false;
            })];
        }

        var posting = new Posting(rows, targets);
        if (posting.Statements > 0)
            await database.WriteAsync(posting.Insert, isOneStatement: posting.Statements == 1, posting.HandOver);
        if (taken is not null)
            await Task.WhenAll(taken);
    }

    /// <summary>The app has said what it subscribes to: rows kept for it in case are confirmed or removed, and deliveries begin.</summary>
    public async Task SubscribeAsync(DeliveryPump pump)
    {
        var topics = pump.Subscriptions.Select(s => (s.PubSub, s.Topic)).ToHashSet();
        _pumps[pump.AppId] = pump;
        _routes = new Routes();
        await database.WriteAsync(session =>
        {
            var kept = session.Query(
                "SELECT DISTINCT pubsub, topic FROM deliveries WHERE app = $1", row => (row.GetString(0), row.GetString(1)), pump.AppId);
            foreach (var held in kept)
            {
                if (!topics.Contains(held))
                    session.Execute("DELETE FROM deliveries WHERE app = $1 AND pubsub = $2 AND topic = $3", pump.AppId, held.Item1, held.Item2);
            }

            DeliveryTable.Release(session, pump.AppId);
            foreach (var (pubSub, topic) in topics)
                session.Execute("UPDATE deliveries SET app = $1 WHERE app = $2 AND pubsub = $3 AND topic = $4", pump.AppId, Parked.App, pubSub, topic);
            return true;
        });
        pump.Start();
    }

    /// <summary>A message on its way to the dead-letter topic. Nobody there: it stays parked, it is not lost.</summary>
    public Posting DeadLetter(Message message, string deadLetterTopic)
    {
        var targets = Targets(message.Row.PubSub, deadLetterTopic);
        return new Posting([message.Alone() with { Topic = deadLetterTopic, Attempts = 0, Expires = null }], targets.Length == 0 ? [Parked] : targets);
    }

    private List<Delivery> Rows(string appId, string pubSub, string topic, IReadOnlyList<Publication> messages, string? traceparent)
    {
        var now = time.GetUtcNow();
        var passed = TraceContext.IsValid(traceparent) ? traceparent! : "";
        using var rows = new RowWriter(pubSub, topic);
        using var envelope = new CloudEventEnvelope(pubSub, topic, appId, now);
        foreach (var message in messages)
        {
            var trace = resources.Tracing ? TraceContext.Next(traceparent, tracing: true) : passed;
            if (message.IsRaw)
                rows.Write(message.Data.Span);
            else
                envelope.Write(rows, message, trace);
            rows.EndMessage(
                message, trace.Length == 0 ? TraceContext.None : trace, message.TimeToLive is { } life ? (now + life).ToUnixTimeMilliseconds() : null);
        }

        return rows.End();
    }

    private Posting.Target[] Targets(string pubSub, string topic)
    {
        // Read before the pumps: what is worked out of an older state of them must not end up in a newer table.
        var routes = _routes;
        return routes.Targets.GetOrAdd((pubSub, topic), key => [.. appIds
            .Where(app => resources.PubSub(app, key.PubSub) is not null)
            .Select(app => new Posting.Target(app, _pumps.GetValueOrDefault(app)))
            .Where(target => target.Pump?.Takes(key.PubSub, key.Topic) != false)]);
    }

    private sealed class Routes
    {
        public ConcurrentDictionary<(string App, string PubSub), bool> Visible { get; } = new();

        public ConcurrentDictionary<(string PubSub, string Topic), Posting.Target[]> Targets { get; } = new();
    }
}
