using Gateway.Local.Sidecar.Resources;
using Gateway.Local.Sidecar.Storage;

namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One app's subscriptions, and an inbox for each pub/sub component that they name.</summary>
internal sealed class Subscriber(
    AppChannel app, IReadOnlyList<TopicSubscription> subscriptions, ResourceSet resources, Database database, Broker broker, TimeProvider time,
    ILogger log, Action<Exception> panic) : IAsyncDisposable
{
    private readonly Dictionary<string, Inbox> _inboxes = subscriptions.Select(s => s.PubSub).Distinct().ToDictionary(
        name => name,
        name => new Inbox(
            app, resources.PubSub(app.AppId, name) ?? new Component(name, "", "", new Dictionary<string, string>(), []),
            [.. subscriptions.Where(s => s.PubSub == name)], resources.InboundRetry(app.AppId, name), database, broker, time, log, panic));

    public string AppId => app.AppId;

    public IReadOnlyList<TopicSubscription> Subscriptions => subscriptions;

    public bool Takes(string pubSub, string topic) => subscriptions.Any(s => s.PubSub == pubSub && s.Topic == topic);

    /// <inheritdoc cref="Inbox.HandAsync"/>
    public Task<List<Delivery>> HandAsync(List<Delivery> rows) =>
        rows is [var first, ..] && _inboxes.GetValueOrDefault(first.PubSub) is { } inbox ? inbox.HandAsync(rows) : Task.FromResult(rows);

    /// <inheritdoc cref="Inbox.Offer"/>
    public void Offer(Delivery row) => _inboxes.GetValueOrDefault(row.PubSub)?.Offer(row);

    /// <summary>The app is healthy: it gets its messages. Or it is not: the subscriptions end, and what they have in hand stays pending.</summary>
    public void Set(bool isOpen)
    {
        foreach (var inbox in _inboxes.Values)
        {
            if (isOpen)
                inbox.Open();
            else
                inbox.Close();
        }
    }

    /// <inheritdoc cref="Inbox.DrainAsync"/>
    public Task DrainAsync(CancellationToken cancellation) => Task.WhenAll(_inboxes.Values.Select(i => i.DrainAsync(cancellation)));

    public async ValueTask DisposeAsync() => await Task.WhenAll(_inboxes.Values.Select(i => i.DisposeAsync().AsTask()));
}
