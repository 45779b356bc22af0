namespace Gateway.Contracts.Accounts;

/// <summary>
/// What stops all keys of a team or an organisation, or keeps them to some models, as it stands in the state store <c>keys</c> under
/// <see cref="KeyStoreKeys.OfGroup"/>. A group of which there is nothing to say has none.
/// </summary>
public sealed record GroupRecord
{
    public required string Id { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>As <see cref="KeyRecord.Models"/>; what a key may use all its lists allow.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    public bool IsUsable(DateTimeOffset now) => PausedAt is null && DeletedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
