using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Publishing: a row of each message for each app that wants it, on the disk before the publisher gets its answer, and handed to the app's
/// subscriber from memory as soon as it is there. An app that has not yet said what it subscribes to gets rows too, which its subscription
/// confirms or removes, so that nothing is lost between start and start.
/// </summary>
internal sealed class Broker(ResourceSet resources, Database database, TimeProvider time, IReadOnlyList<string> appIds)
{
    /// <summary>Holder of dead letters that nobody subscribes to; the first app that does takes them over.</summary>
    private const string Parked = "";

    private readonly ConcurrentDictionary<string, Subscriber> _subscribers = new(StringComparer.Ordinal);

    /// <summary>Who wants what, worked out of the components and the subscriptions; begun anew with each that comes.</summary>
    private volatile ConcurrentDictionary<(string PubSub, string Topic), string[]> _targets = new();

    /// <summary>The writer's alone.</summary>
    private long _lastId = database.Read(session => session.Scalar("SELECT COALESCE(MAX(id), 0) FROM messages"));

    /// <exception cref="SidecarFault">No such pub/sub in this app's scope.</exception>
    public void Check(string appId, string pubSub)
    {
        if (resources.PubSub(appId, pubSub) is null)
            throw new SidecarFault(404, "ERR_PUBSUB_NOT_FOUND", $"pubsub {pubSub} is not found", [SidecarFault.ErrorInfo("DAPR_PUBSUB_NOT_FOUND")]);
    }

    /// <summary>Each of them is taken or on the disk when this completes; where that fails, none that was not taken is on the disk.</summary>
    /// <exception cref="SidecarFault">No such pub/sub in this app's scope, or a CloudEvent that is none.</exception>
    public async Task PublishAsync(string appId, string pubSub, string topic, IReadOnlyList<Publication> messages, string? traceparent)
    {
        Check(appId, pubSub);
        var rows = Rows(appId, pubSub, topic, messages, traceparent);
        var left = new List<(string App, Delivery Row)>();
        foreach (var app in Targets(pubSub, topic))
        {
            foreach (var row in _subscribers.GetValueOrDefault(app) is { } subscriber ? await subscriber.HandAsync(rows) : rows)
                left.Add((app, row));
        }

        await StoreAsync(left);
    }

    /// <summary>On the disk when this completes. Nobody subscribes to the topic: it stays parked, it is not lost.</summary>
    public Task DeadLetterAsync(Delivery row, string deadLetterTopic)
    {
        var targets = Targets(row.PubSub, deadLetterTopic);
        var letter = row with { Topic = deadLetterTopic, Expires = null };
        return StoreAsync(targets.Length == 0 ? [(Parked, letter)] : [.. targets.Select(app => (app, letter))]);
    }

    /// <summary>The app has said what it subscribes to: rows kept for it in case are confirmed or removed, and it gets what comes from here on.</summary>
    public Task SubscribeAsync(Subscriber subscriber)
    {
        _subscribers[subscriber.AppId] = subscriber;
        _targets = new();
        return database.WriteAsync(session =>
        {
            var kept = session.Query(
                "SELECT DISTINCT pubsub, topic FROM messages WHERE app = $1", row => (row.GetString(0), row.GetString(1)), subscriber.AppId);
            foreach (var (pubSub, topic) in kept.Where(k => !subscriber.Takes(k.Item1, k.Item2)))
                session.Execute("DELETE FROM messages WHERE app = $1 AND pubsub = $2 AND topic = $3", subscriber.AppId, pubSub, topic);
            foreach (var wanted in subscriber.Subscriptions)
            {
                session.Execute(
                    "UPDATE messages SET app = $1 WHERE app = $2 AND pubsub = $3 AND topic = $4", subscriber.AppId, Parked, wanted.PubSub, wanted.Topic);
            }

            return true;
        });
    }

    private Task StoreAsync(List<(string App, Delivery Row)> rows) => rows.Count == 0
        ? Task.CompletedTask
        : database.WriteAsync(session =>
        {
            for (var i = 0; i < rows.Count; i++)
            {
                rows[i] = (rows[i].App, rows[i].Row with { Id = ++_lastId });
                DeliveryTable.Insert(session, rows[i].App, rows[i].Row);
            }

            return rows.Count;
        }, isOneStatement: rows.Count == 1, () =>
        {
            foreach (var (app, row) in rows)
                _subscribers.GetValueOrDefault(app)?.Offer(row);
        });

    private List<Delivery> Rows(string appId, string pubSub, string topic, IReadOnlyList<Publication> messages, string? traceparent)
    {
        var now = time.GetUtcNow();
        var passed = TraceContext.IsValid(traceparent) ? traceparent! : "";
        var rows = new List<Delivery>(messages.Count);
        using var output = new PooledBuffer(4096);
        using var envelope = new CloudEventEnvelope(pubSub, topic, appId, now);
        foreach (var message in messages)
        {
            var trace = resources.Tracing ? TraceContext.Next(traceparent, tracing: true) : passed;
            var start = output.Length;
            if (!message.IsRaw)
                envelope.Write(output, message, trace);
            rows.Add(new Delivery(
                rows.Count + 1, pubSub, topic, message.IsRaw ? message.Data.ToArray() : output.Written[start..].ToArray(),
                message.Metadata.Count == 0 ? "{}" : JsonSerializer.Serialize(message.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString),
                trace.Length == 0 ? TraceContext.None : trace, message.TimeToLive is { } life ? (now + life).ToUnixTimeMilliseconds() : null));
        }

        return rows;
    }

    private string[] Targets(string pubSub, string topic)
    {
        // Read before the subscribers: what is worked out of an older state of them must not end up in a newer table.
        var targets = _targets;
        return targets.GetOrAdd((pubSub, topic), key =>
        [
            .. appIds.Where(app =>
                resources.PubSub(app, key.PubSub) is not null && _subscribers.GetValueOrDefault(app)?.Takes(key.PubSub, key.Topic) != false),
        ]);
    }
}
