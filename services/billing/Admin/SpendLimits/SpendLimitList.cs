namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>A page of limits, with the ids that the pages beside it are asked by.</summary>
internal sealed record SpendLimitList
{
    public required IReadOnlyList<SpendLimitView> Data { get; init; }
    public required bool HasMore { get; init; }
    public required string? FirstId { get; init; }
    public required string? LastId { get; init; }
}
