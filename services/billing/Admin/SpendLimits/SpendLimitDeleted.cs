namespace Gateway.Billing.Admin.SpendLimits;

internal sealed record SpendLimitDeleted
{
    public string Type { get; } = "spend_limit_deleted";
    public required string Id { get; init; }
}
