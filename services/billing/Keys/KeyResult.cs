using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>A key, or what was wrong by field, or neither: there is no such key.</summary>
public sealed record KeyResult
{
    public KeyRecord? Key { get; init; }

    /// <summary>The key itself, when it has just been made.</summary>
    public string? Secret { get; init; }

    /// <summary>What it may use in the end; null for every model.</summary>
    public IReadOnlyList<EffectiveModel>? EffectiveModels { get; init; }

    /// <summary>The lists that come to that; null where there is none.</summary>
    public IReadOnlyList<ModelList>? ModelLists { get; init; }

    public DateTimeOffset? PreviousKeyExpiresAt { get; init; }
    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>It had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }

    /// <summary>The key is there, but not in a state to do this with.</summary>
    public string? Conflict { get; init; }
}
