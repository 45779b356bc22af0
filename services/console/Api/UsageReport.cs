namespace Gateway.AdminConsole.Api;

/// <summary>A usage report of the admin API.</summary>
public sealed record UsageReport
{
    public required DateOnly From { get; init; }
    public required DateOnly To { get; init; }
    public IReadOnlyList<UsageLine> Data { get; init; } = [];
    public required UsageLine Totals { get; init; }
}
