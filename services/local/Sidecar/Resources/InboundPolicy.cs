namespace Gateway.Local.Sidecar.Resources;

/// <summary>Resiliency's <c>targets.components.&lt;component&gt;.inbound.retry</c>, for the apps in scope.</summary>
internal sealed record InboundPolicy(string Component, RetryPolicy Retry, IReadOnlyList<string> Scopes)
{
    public bool IsVisibleTo(string appId) => Scopes.Count == 0 || Scopes.Contains(appId, StringComparer.Ordinal);
}
