namespace Gateway.Billing.Keys;

/// <summary>
/// A change of a key or group that is decided but has perhaps not reached everybody: written with the change, removed when the account, the key store and the
/// topic have it. All three steps can be repeated.
/// </summary>
internal sealed record PendingChange
{
    public required string Id { get; init; }
    public required string Change { get; init; }
    public required DateTimeOffset Time { get; init; }

    /// <summary>The account and the key store have it; only its notice has not been published.</summary>
    public bool Stored { get; init; }

    /// <summary>Hashes whose records are to go.</summary>
    public List<string> Removed { get; init; } = [];
}
