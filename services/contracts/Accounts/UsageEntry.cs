using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// A usage event as an account counts it. Made once, where the event is delivered and read: the accounts it settles in need not read it again.
/// </summary>
public sealed record UsageEntry
{
    /// <summary>See <see cref="UsageEvent.SettlementKey"/>.</summary>
    public required string SettlementKey { get; init; }

    /// <summary>The event's number among those of its source and key; null where it has none and is known by its settlement key.</summary>
    public long? Sequence { get; init; }

    /// <summary>The source and the key that the number belongs to.</summary>
    public string? Source { get; init; }
    public string? SequenceKey { get; init; }

    /// <summary>The lease whose money the cost settles.</summary>
    public string? LeaseId { get; init; }

    /// <summary>What it adds to the roll-up of its day.</summary>
    public required UsageRow Row { get; init; }

    /// <summary>Who it was for and what for, for the account that keeps the event; null for one that does not.</summary>
    public UsageOrigin? Origin { get; init; }

    /// <summary>The event in the bytes it came in, for the account that keeps it; null for one that does not.</summary>
    public ReadOnlyMemory<byte>? Event { get; init; }

    /// <param name="e">What the event says.</param>
    /// <param name="json">The bytes it came in.</param>
    public static UsageEntry Of(UsageEvent e, ReadOnlyMemory<byte>? json) => new()
    {
        SettlementKey = e.SettlementKey,
        Sequence = e.IsNumbered ? e.Sequence : null,
        Source = e.IsNumbered ? e.Source : null,
        SequenceKey = e.IsNumbered ? e.SequenceKey ?? e.KeyId : null,
        LeaseId = e.LeaseId,
        Row = UsageRow.Of(e),
        Origin = UsageOrigin.Of(e),
        Event = json,
    };
}
