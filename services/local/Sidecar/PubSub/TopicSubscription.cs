namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One app's wish for one topic.</summary>
/// <param name="Rules">Tried in order; the first that fits names the path.</param>
/// <param name="DefaultPath">Where events go that no rule takes; empty: they are dropped.</param>
/// <param name="RawPayload">The publisher writes no CloudEvents: what arrives is wrapped as it is.</param>
/// <param name="MaxBulk">How many events one call may bring; null: one, and not in the envelope for several.</param>
/// <param name="MaxAwait">How long events are gathered for such a call.</param>
/// <param name="AtOnce">What is published together comes in one call, before it is stored: see <see cref="SidecarOptions.AtOnce"/>.</param>
internal sealed record TopicSubscription(
    string PubSub, string Topic, IReadOnlyList<RouteRule> Rules, string DefaultPath, string? DeadLetterTopic, bool RawPayload, bool Declarative,
    int? MaxBulk = null, TimeSpan MaxAwait = default, bool AtOnce = false)
{
    /// <exception cref="FormatException">It asks for what this runtime cannot do.</exception>
    public TopicSubscription InBulk(bool enabled, int? maxMessages, int? maxAwaitMilliseconds)
    {
        if (!enabled)
            return this;
        if (RawPayload)
            throw new FormatException("a bulk subscription to raw payloads is not supported here");
        return this with
        {
            MaxBulk = maxMessages is > 0 ? maxMessages : 100,
            MaxAwait = TimeSpan.FromMilliseconds(maxAwaitMilliseconds is > 0 ? maxAwaitMilliseconds.Value : 1000),
        };
    }
}
