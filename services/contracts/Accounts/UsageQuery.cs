namespace Gateway.Contracts.Accounts;

/// <summary>Days of the UTC calendar, both included.</summary>
public sealed record UsageQuery
{
    public required DateOnly From { get; init; }
    public required DateOnly To { get; init; }
}
