namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>Changes of limits, the newest first.</summary>
internal sealed record SpendLimitAudit
{
    public required IReadOnlyList<SpendLimitEvent> Data { get; init; }
    public required bool HasMore { get; init; }
}
