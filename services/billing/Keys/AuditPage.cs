using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

public sealed record AuditPage
{
    public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>What to ask for next; null at the end.</summary>
    public long? Next { get; init; }
}
