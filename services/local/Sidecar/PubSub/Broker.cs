using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>
/// Publishing: one row for each app that wants the message, written before the publisher gets its answer. An app that has not yet said what it
/// subscribes to gets a row too, which its subscription confirms or removes, so that nothing is lost between start and start.
/// </summary>
internal sealed class Broker(ResourceSet resources, Database database, TimeProvider time, IReadOnlyList<string> appIds)
{
    /// <summary>Holder of dead letters that nobody subscribes to; the first app that does takes them over.</summary>
    private const string Parked = "";

    private readonly ConcurrentDictionary<string, DeliveryPump> _pumps = new(StringComparer.Ordinal);

    /// <exception cref="SidecarFault">No such pub/sub in this app's scope.</exception>
    public async Task PublishAsync(string appId, Publication message, string? traceparent)
    {
        if (resources.PubSub(appId, message.PubSub) is null)
        {
            throw new SidecarFault(404, "ERR_PUBSUB_NOT_FOUND", $"pubsub {message.PubSub} is not found", [SidecarFault.ErrorInfo("DAPR_PUBSUB_NOT_FOUND")]);
        }

        var now = time.GetUtcNow();
        var trace = resources.Tracing ? TraceContext.Next(traceparent, tracing: true) : TraceContext.IsValid(traceparent) ? traceparent! : "";
        var body = message.IsRaw ? message.Data.ToArray() : CloudEventEnvelope.Create(message, appId, now, trace);
        var row = new Delivery(
            0, message.PubSub, message.Topic, body, message.IsRaw, JsonSerializer.Serialize(message.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString),
            trace.Length == 0 ? TraceContext.None : trace, 0, message.TimeToLive is { } life ? (now + life).ToUnixTimeMilliseconds() : null);
        var targets = Targets(message.PubSub, message.Topic);
        if (targets.Count == 0)
            return;
        await database.WriteAsync(session => Insert(session, row, targets), isOneStatement: targets.Count == 1);
        Wake(targets);
    }

    /// <summary>The app has said what it subscribes to: rows kept for it in case are confirmed or removed, and deliveries begin.</summary>
    public async Task SubscribeAsync(DeliveryPump pump)
    {
        var topics = pump.Subscriptions.Select(s => (s.PubSub, s.Topic)).ToHashSet();
        _pumps[pump.AppId] = pump;
        await database.WriteAsync(session =>
        {
            foreach (var held in session.Query("SELECT DISTINCT pubsub, topic FROM deliveries WHERE app = $1", row => (row.GetString(0), row.GetString(1)), pump.AppId))
            {
                if (!topics.Contains(held))
                    session.Execute("DELETE FROM deliveries WHERE app = $1 AND pubsub = $2 AND topic = $3", pump.AppId, held.Item1, held.Item2);
            }

            foreach (var (pubSub, topic) in topics)
                session.Execute("UPDATE deliveries SET app = $1 WHERE app = $2 AND pubsub = $3 AND topic = $4", pump.AppId, Parked, pubSub, topic);
            return true;
        });
        pump.Start();
    }

    /// <summary>In one transaction: off the subscriber's queue and onto the dead-letter topic. Nobody there: it stays parked, it is not lost.</summary>
    public async Task DeadLetterAsync(Delivery delivery, string deadLetterTopic)
    {
        var targets = Targets(delivery.PubSub, deadLetterTopic);
        await database.WriteAsync(session =>
        {
            session.Execute("DELETE FROM deliveries WHERE id = $1", delivery.Id);
            return Insert(session, delivery with { Topic = deadLetterTopic, Attempts = 0, Expires = null }, targets.Count == 0 ? [Parked] : targets);
        });
        Wake(targets);
    }

    private List<string> Targets(string pubSub, string topic) =>
        [.. appIds.Where(app => resources.PubSub(app, pubSub) is not null && (!_pumps.TryGetValue(app, out var pump) || pump.Takes(pubSub, topic)))];

    private void Wake(List<string> appsToWake)
    {
        foreach (var app in appsToWake)
        {
            if (_pumps.TryGetValue(app, out var pump))
                pump.Wake();
        }
    }

    private static int Insert(Session session, Delivery row, List<string> targets)
    {
        foreach (var app in targets)
        {
            session.Execute(
                "INSERT INTO deliveries (app, pubsub, topic, body, raw, metadata, traceparent, expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                app, row.PubSub, row.Topic, row.Body, row.IsRaw ? 1 : 0, row.Metadata, row.Traceparent, row.Expires);
        }

        return targets.Count;
    }
}
