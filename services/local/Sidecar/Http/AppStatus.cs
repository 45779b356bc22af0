using System.Collections.Concurrent;
using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar.Http;

/// <summary>What the metadata and health endpoints tell of one app.</summary>
internal sealed class AppStatus
{
    /// <summary>Set once the app listens and its configuration has been read.</summary>
    public bool IsReady { get; set; }

    public IReadOnlyList<TopicSubscription> Subscriptions { get; set; } = [];

    /// <summary>What was put under <c>/v1.0/metadata/{key}</c>.</summary>
    public ConcurrentDictionary<string, string> Extended { get; } = new(StringComparer.Ordinal);
}
