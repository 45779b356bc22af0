namespace Gateway.Local.Sidecar.Resources;

/// <summary>A Dapr Component: a named state store, pub/sub or secret store.</summary>
internal sealed record Component(string Name, string Type, string Version, IReadOnlyDictionary<string, string> Metadata, IReadOnlyList<string> Scopes)
{
    public bool IsState => Type.StartsWith("state.", StringComparison.Ordinal);

    public bool IsPubSub => Type.StartsWith("pubsub.", StringComparison.Ordinal);

    public bool IsSecretStore => Type.StartsWith("secretstores.", StringComparison.Ordinal);

    public bool IsActorStateStore => IsState && Metadata.GetValueOrDefault("actorStateStore") is { } value && bool.TryParse(value, out var on) && on;

    public bool IsVisibleTo(string appId) => Scopes.Count == 0 || Scopes.Contains(appId, StringComparer.Ordinal);
}
