using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record GroupCommand
{
    public string? Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>JSON: the settings at creation, a merge patch at an update.</summary>
    public string? Body { get; init; }

    public bool Organization { get; init; }

    /// <summary>Whether it is to be paused, or resumed.</summary>
    public bool Paused { get; init; }

    /// <summary>What a creation is known by if it is sent again; null: each makes another group.</summary>
    public string? IdempotencyKey { get; init; }
}
