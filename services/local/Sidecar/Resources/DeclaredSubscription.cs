using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Local.Sidecar.Resources;

internal sealed record DeclaredSubscription(TopicSubscription Subscription, IReadOnlyList<string> Scopes)
{
    public bool IsVisibleTo(string appId) => Scopes.Count == 0 || Scopes.Contains(appId, StringComparer.Ordinal);
}
