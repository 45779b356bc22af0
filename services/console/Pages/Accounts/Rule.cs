using Gateway.AdminConsole.Shared;
using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Pages.Accounts;

/// <summary>A rule as the admin API shows it.</summary>
public sealed record Rule
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The key, team or organisation whose requests it is for; null: everybody's.</summary>
    public string? Scope { get; init; }
    public required string By { get; init; }

    /// <summary>Null: each value by itself, or a group as a whole.</summary>
    public string? Value { get; init; }
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }

    /// <summary>Of a rule with one account; not in lists.</summary>
    public AccountStatus? Status { get; init; }

    public string Called => Name is { Length: > 0 } ? Name : Show.Counted(By, Value);
}
