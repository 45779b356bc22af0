using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Webhooks;

/// <summary>What an admin wants done with a webhook.</summary>
public sealed record WebhookCommand
{
    /// <summary>The webhook meant; null at creation.</summary>
    public string? Id { get; init; }

    /// <summary>Who asks for it.</summary>
    public required AdminCaller By { get; init; }

    /// <summary>JSON: the settings at creation, a merge patch (RFC 7396) at an update.</summary>
    public string? Body { get; init; }

    /// <summary>At creation: what it is known by when it is sent again; null: by nothing.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>How long the secret before goes on signing, too.</summary>
    public long OverlapSeconds { get; init; }

    /// <summary>Whether it is to be paused, or resumed.</summary>
    public bool Paused { get; init; }
}
