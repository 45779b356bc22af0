namespace Gateway.Billing.Keys;

/// <summary>Whether a key, team or organisation is one of these teams and organisations, or in one.</summary>
public sealed record ScopeQuery
{
    public required string Id { get; init; }
    public required IReadOnlyList<string> Scope { get; init; }
}
