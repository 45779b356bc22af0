using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>An admin key, or what was wrong by field, or none of it: there is no such key.</summary>
public sealed record AdminResult
{
    public AdminRecord? Admin { get; init; }

    /// <summary>The key itself, when it has just been made.</summary>
    public string? Secret { get; init; }

    /// <summary>Until when the value before it is good, after a rotation.</summary>
    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>The key has been revoked, or an idempotency key has been used for something else.</summary>
    public string? Conflict { get; init; }

    /// <summary>It had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }
}
