using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Api;

/// <summary>A key as the admin API shows it.</summary>
public sealed record ApiKey
{
    public required string Id { get; init; }

    /// <summary>The key itself: in the answer to its creation and rotation only.</summary>
    public string? Key { get; init; }
    public string? Prefix { get; init; }
    public string? Name { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>What all lists allow that there are, which are those behind it; not in lists of keys.</summary>
    public IReadOnlyList<EffectiveModel>? EffectiveModels { get; init; }
    public IReadOnlyList<ModelList>? ModelLists { get; init; }
    public bool NativeOnly { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }
    public string? TeamId { get; init; }
    public DisconnectPolicy OnDisconnect { get; init; }
    public bool ExtendedUsage { get; init; }
    public int? QueueSeconds { get; init; }
    public string? SafeguardsModel { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }
}
