namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One app's wish for one topic.</summary>
/// <param name="Rules">Tried in order; the first that fits names the path.</param>
/// <param name="DefaultPath">Where events go that no rule takes; empty: they are dropped.</param>
/// <param name="RawPayload">The publisher writes no CloudEvents: what arrives is wrapped as it is.</param>
internal sealed record TopicSubscription(
    string PubSub, string Topic, IReadOnlyList<RouteRule> Rules, string DefaultPath, string? DeadLetterTopic, bool RawPayload, bool Declarative);
