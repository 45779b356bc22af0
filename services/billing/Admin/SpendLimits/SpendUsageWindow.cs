namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>Spend of a time that has no limit, in cents.</summary>
internal sealed record SpendUsageWindow
{
    public decimal? Limit { get; }
    public required decimal UsedCredits { get; init; }
    public int? Utilization { get; }
}
