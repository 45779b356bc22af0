using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>A rule, or what was wrong by field, or none of it: there is no such rule for whoever asks.</summary>
public sealed record RuleResult
{
    public RuleRecord? Rule { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>The rule is there, and not for this admin to change; or an idempotency key has been used for something else.</summary>
    public string? Conflict { get; init; }

    /// <summary>It had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }
}
