namespace Gateway.Billing.Admin.SpendLimits;

internal sealed record EffectiveLimitList
{
    public required IReadOnlyList<EffectiveLimit> Data { get; init; }

    /// <summary>What to send as <c>page</c>; null on the last.</summary>
    public required string? NextPage { get; init; }
}
