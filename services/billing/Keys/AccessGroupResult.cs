using Gateway.Billing.Admin;

namespace Gateway.Billing.Keys;

/// <summary>An access group, or what was wrong by field, or none of it: there is no such group.</summary>
public sealed record AccessGroupResult
{
    public AccessGroupView? Group { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>The idempotency key has been used for something else.</summary>
    public string? Conflict { get; init; }

    /// <summary>It had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }
}
