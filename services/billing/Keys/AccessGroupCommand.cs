using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record AccessGroupCommand
{
    /// <summary>The group meant; null at creation.</summary>
    public string? Name { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>JSON: the settings at creation, a merge patch at an update.</summary>
    public string? Body { get; init; }

    /// <summary>What a creation is known by if it is sent again; null: a second one finds the name taken.</summary>
    public string? IdempotencyKey { get; init; }
}
