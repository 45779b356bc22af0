using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record KeyCommand
{
    /// <summary>The key meant; null at creation.</summary>
    public string? Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public AdminCaller By { get; set; } = AdminCaller.Owner;

    /// <summary>JSON: the settings at creation, a merge patch (RFC 7396) at an update.</summary>
    public string? Body { get; init; }

    public long OverlapSeconds { get; init; }

    /// <summary>Whether it is to be paused, or resumed.</summary>
    public bool Paused { get; init; }

    /// <summary>What a creation is known by if it is sent again; null: each makes another key.</summary>
    public string? IdempotencyKey { get; init; }
}
