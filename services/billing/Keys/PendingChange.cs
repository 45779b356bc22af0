namespace Gateway.Billing.Keys;

/// <summary>
/// A change of a key, a group, an admin or managed settings that is decided but has perhaps not reached everybody: written with the change, removed when the
/// account, the key store and the topics have it. All steps can be repeated.
/// </summary>
internal sealed record PendingChange
{
    public required string Id { get; init; }
    public required string Change { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>The account and the key store have it; only its notices have not all been published.</summary>
    public bool Stored { get; init; }

    /// <summary>The topic <c>keys</c> has it, or is not for it.</summary>
    public bool Noticed { get; init; }

    /// <summary>The number of its audit event; 0 when the topic <c>audit</c> has it.</summary>
    public long Audit { get; init; }

    /// <summary>Hashes whose records are to go.</summary>
    public List<string> Removed { get; init; } = [];
}
