using System.Text.Json;
using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>Brings one app its messages, a bounded number at a time. A message leaves the database only once the app has taken it or it is dead-lettered.</summary>
internal sealed class DeliveryPump : IAsyncDisposable
{
    private const int Concurrency = 16;
    private const long AwayMilliseconds = 500;

    private readonly AppChannel _app;
    private readonly ResourceSet _resources;
    private readonly Database _database;
    private readonly Broker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly DueQueue<Delivery, long> _queue;
    private long _awayUntil;

    public DeliveryPump(AppChannel app, IReadOnlyList<TopicSubscription> subscriptions, ResourceSet resources, Database database, Broker broker, TimeProvider time, ILogger log)
    {
        _app = app;
        Subscriptions = subscriptions;
        _resources = resources;
        _database = database;
        _broker = broker;
        _time = time;
        _log = log;
        _queue = new(new(Due, NextAfter, d => d.Id), DeliverAsync, error => Log.DeliveryFailed(log, error, app.AppId), Concurrency, time);
    }

    public string AppId => _app.AppId;

    public IReadOnlyList<TopicSubscription> Subscriptions { get; }

    public bool Takes(string pubSub, string topic) => Find(pubSub, topic) is not null;

    public void Start() => _queue.Start();

    public void Wake() => _queue.Wake();

    /// <summary>Starts no more deliveries and waits for those under way.</summary>
    public Task DrainAsync(CancellationToken cancellation) => _queue.DrainAsync(cancellation);

    public ValueTask DisposeAsync() => _queue.DisposeAsync();

    private List<Delivery> Due(long now, int limit) => now < Volatile.Read(ref _awayUntil) ? [] : _database.Read(session => session.Query(
        "SELECT id, pubsub, topic, body, raw, metadata, traceparent, attempts, expires FROM deliveries WHERE app = $1 AND due <= $2 ORDER BY due, id LIMIT $3",
        row => new Delivery(
            row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetFieldValue<byte[]>(3), row.GetInt64(4) != 0, row.GetString(5), row.GetString(6), row.GetInt32(7),
            row.IsDBNull(8) ? null : row.GetInt64(8)),
        AppId, now, limit));

    private long? NextAfter(long now) => Volatile.Read(ref _awayUntil) is var until && now < until ? until : _database.Read(session =>
        session.Scalar("SELECT COALESCE(MIN(due), -1) FROM deliveries WHERE app = $1 AND due > $2", AppId, now)) is >= 0 and var due ? due : null;

    private async Task DeliverAsync(Delivery delivery)
    {
        var subscription = Find(delivery.PubSub, delivery.Topic);
        if (subscription is null || delivery.Expires <= Now)
        {
            await RemoveAsync(delivery);
            return;
        }

        switch (await PostAsync(delivery, subscription))
        {
            case DeliveryOutcome.Success:
                await RemoveAsync(delivery);
                break;
            case DeliveryOutcome.NoHandler:
                Log.NoHandler(_log, delivery.Topic, AppId);
                await RemoveAsync(delivery);
                break;
            case DeliveryOutcome.Drop:
                Log.Dropped(_log, delivery.Topic, AppId);
                await GiveUpAsync(delivery, subscription);
                break;
            case DeliveryOutcome.Away:
                Volatile.Write(ref _awayUntil, Now + AwayMilliseconds);
                break;
            case DeliveryOutcome.Retry:
                await RetryAsync(delivery, subscription);
                break;
        }
    }

    private async Task RetryAsync(Delivery delivery, TopicSubscription subscription)
    {
        var attempts = delivery.Attempts + 1;
        // Without a policy a failed delivery is acknowledged all the same: that is how pubsub.redis has behaved since 1.17.
        if (_resources.InboundRetry(AppId, delivery.PubSub)?.NextWait(attempts) is not { } wait)
        {
            await GiveUpAsync(delivery, subscription);
            return;
        }

        var due = Now + (long)wait.TotalMilliseconds;
        await _database.WriteAsync(session => session.Execute("UPDATE deliveries SET attempts = $1, due = $2 WHERE id = $3", attempts, due, delivery.Id));
    }

    private Task GiveUpAsync(Delivery delivery, TopicSubscription subscription)
    {
        Log.GaveUp(_log, delivery.Topic, AppId, subscription.DeadLetterTopic ?? "(none)");
        return string.IsNullOrEmpty(subscription.DeadLetterTopic) ? RemoveAsync(delivery) : _broker.DeadLetterAsync(delivery, subscription.DeadLetterTopic);
    }

    private Task<int> RemoveAsync(Delivery delivery) =>
        _database.WriteAsync(session => session.Execute("DELETE FROM deliveries WHERE id = $1", delivery.Id));

    private async Task<DeliveryOutcome> PostAsync(Delivery delivery, TopicSubscription subscription)
    {
        var body = subscription.RawPayload ? CloudEventEnvelope.WrapRaw(delivery.Body, delivery.PubSub, delivery.Topic) : delivery.Body;
        var path = Route(subscription, body);
        if (path.Length == 0)
            return DeliveryOutcome.Success;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in JsonSerializer.Deserialize(delivery.Metadata, SidecarJson.Default.IReadOnlyDictionaryStringString)!)
            headers[HeaderName(name)] = value;
        headers["Pubsubname"] = delivery.PubSub;
        headers["Traceparent"] = delivery.Traceparent;
        try
        {
            var answer = await _app.CallAsync(HttpMethod.Post, path, body, CloudEventEnvelope.ContentType, headers, _queue.Aborting);
            return Judge(answer.Status, answer.Body);
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.ConnectionError)
        {
            return DeliveryOutcome.Away;
        }
        catch (HttpRequestException)
        {
            // Broken off without an answer: perhaps not taken.
            return DeliveryOutcome.Retry;
        }
    }

    private static DeliveryOutcome Judge(int status, byte[] body)
    {
        if (status == 404)
            return DeliveryOutcome.NoHandler;
        if (status is < 200 or >= 300)
            return DeliveryOutcome.Retry;
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("status", out var said))
                return DeliveryOutcome.Success;
            return said.ValueKind != JsonValueKind.String ? DeliveryOutcome.Success : said.GetString() switch
            {
                "" or "SUCCESS" => DeliveryOutcome.Success,
                "DROP" => DeliveryOutcome.Drop,
                _ => DeliveryOutcome.Retry,
            };
        }
        catch (JsonException)
        {
            // An empty body, or one that is no JSON, says nothing against the event.
            return DeliveryOutcome.Success;
        }
    }

    private static string Route(TopicSubscription subscription, byte[] body)
    {
        if (subscription.Rules.Count == 0)
            return subscription.DefaultPath;
        try
        {
            using var json = JsonDocument.Parse(body);
            return subscription.Rules.FirstOrDefault(r => r.Takes(json.RootElement))?.Path ?? subscription.DefaultPath;
        }
        catch (JsonException)
        {
            return subscription.DefaultPath;
        }
    }

    // As Go writes a header's name: "rawPayload" -> "Rawpayload", "ttlInSeconds" -> "Ttlinseconds".
    private static string HeaderName(string name) => name.Length == 0 ? name : char.ToUpperInvariant(name[0]) + name[1..].ToLowerInvariant();

    private TopicSubscription? Find(string pubSub, string topic) =>
        Subscriptions.FirstOrDefault(s => s.PubSub == pubSub && s.Topic == topic);

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
