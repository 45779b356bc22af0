using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>A page of the audit trail.</summary>
internal sealed record AuditList
{
    /// <summary>The events of this page. With a filter a page may be short and still have more.</summary>
    /// <example>[{"number":7,"time":"2026-11-29T08:00:00+00:00","actor":{"id":"admin_5RtYw3Lp","name":"platform","role":"admin"},"action":"key.paused",
    /// "target":"key_4QmVXb2s","before":{"id":"key_4QmVXb2s","name":"ci"},"after":{"id":"key_4QmVXb2s","name":"ci","pausedAt":"2026-11-29T08:00:00+00:00"}}]
    /// </example>
    public required IReadOnlyList<AuditEvent> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
