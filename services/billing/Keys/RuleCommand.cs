using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record RuleCommand
{
    /// <summary>The rule meant; null at creation.</summary>
    public string? Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>JSON: the settings at creation, a merge patch at an update.</summary>
    public string? Body { get; init; }

    /// <summary>What a creation is known by if it is sent again; null: each makes another rule.</summary>
    public string? IdempotencyKey { get; init; }
}
