namespace Gateway.Local.Sidecar.Resources;

/// <summary>Everything in the components folder, seen through the scopes.</summary>
internal sealed class ResourceSet(
    IReadOnlyList<Component> components,
    IReadOnlyList<DeclaredSubscription> subscriptions,
    IReadOnlyList<InboundPolicy> inboundPolicies,
    bool tracing)
{
    public IReadOnlyList<Component> Components { get; } = components;

    /// <summary>A Configuration asks for tracing, so that the sidecar continues a trace with spans of its own.</summary>
    public bool Tracing { get; } = tracing;

    public IEnumerable<Component> VisibleTo(string appId) => Components.Where(c => c.IsVisibleTo(appId));

    public Component? State(string appId, string name) => VisibleTo(appId).FirstOrDefault(c => c.IsState && c.Name == name);

    public Component? ActorState(string appId) => VisibleTo(appId).FirstOrDefault(c => c.IsActorStateStore);

    public Component? PubSub(string appId, string name) => VisibleTo(appId).FirstOrDefault(c => c.IsPubSub && c.Name == name);

    public Component? SecretStore(string appId, string name) => VisibleTo(appId).FirstOrDefault(c => c.IsSecretStore && c.Name == name);

    public IEnumerable<DeclaredSubscription> SubscriptionsOf(string appId) => subscriptions.Where(s => s.IsVisibleTo(appId));

    public RetryPolicy? InboundRetry(string appId, string component) =>
        inboundPolicies.FirstOrDefault(p => p.Component == component && p.IsVisibleTo(appId))?.Retry;
}
