namespace Gateway.Contracts.Accounts;

/// <summary>
/// What stops all keys of a team or an organisation, as it stands in the state store <c>keys</c> under <see cref="KeyStoreKeys.OfGroup"/>. A group
/// that nothing stops, now or later, has none.
/// </summary>
public sealed record GroupRecord
{
    public required string Id { get; init; }
    public DateTimeOffset? PausedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    public bool IsUsable(DateTimeOffset now) => PausedAt is null && DeletedAt is null && (ExpiresAt is null || ExpiresAt > now);
}
