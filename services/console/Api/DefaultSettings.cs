using Gateway.Contracts.Accounts;

namespace Gateway.AdminConsole.Api;

/// <summary>What a new key or user gets.</summary>
public sealed record DefaultSettings
{
    public KeyLimits? Limits { get; init; }
    public KeyBudget? Budget { get; init; }
    public IReadOnlyList<string>? Models { get; init; }
}
