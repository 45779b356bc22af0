using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Charts;
using Gateway.AdminConsole.Live;

namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>What stands on the overview; what the reader may not see is missing.</summary>
public sealed record OverviewFigures
{
    public static OverviewFigures None { get; } = new();

    /// <summary>Something that the reader may see did not come in time.</summary>
    public bool IsPartial { get; init; }
    public UsageReport? Today { get; init; }
    public UsageReport? Month { get; init; }

    /// <summary>The currency of the chart: the one with the most spend.</summary>
    public string Currency { get; init; } = "USD";
    public IReadOnlyList<Bar> SpendByDay { get; init; } = [];
    public RecentRequests? Recent { get; init; }
    public IReadOnlyList<ProviderLine> Providers { get; init; } = [];
    public IReadOnlyList<BudgetLine> Budgets { get; init; } = [];
    public IReadOnlyList<LiveNotice> Notices { get; init; } = [];
}
