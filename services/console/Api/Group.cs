using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Api;

/// <summary>A team or an organisation as the admin API shows it.</summary>
public sealed record Group
{
    public required string Id { get; init; }
    public string? Name { get; init; }

    /// <summary>A team's organisation.</summary>
    public string? Parent { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public IReadOnlyList<string>? Models { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }
    public string? SafeguardsModel { get; init; }
    public GroupDefaults? Defaults { get; init; }
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>Not in lists.</summary>
    public AccountStatus? Status { get; init; }
}
