using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Charts;
using Gateway.AdminConsole.Live;
using Gateway.AdminConsole.Sessions;
using Gateway.Contracts.Names;
using Gateway.Contracts.Providers;
using Gateway.Hosting;

namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>Gathers the overview: reports and budgets from the admin API, what they do not say from the last requests.</summary>
internal sealed class OverviewReader(AdminApi api, Visit visit, LiveRequests requests, LiveNotices notices, TimeProvider time)
{
    /// <summary>Each is a call for how it stands.</summary>
    private const int MostBudgets = 12;
    private const int Looked = 100;
    private const int MostNotices = 10;

    /// <summary>What is slow or away must not keep the rest from being shown; nobody waits so long for a page.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public async Task<OverviewFigures> ReadAsync(CancellationToken cancellation)
    {
        var budgets = InTimeAsync(BudgetsAsync, cancellation);
        if (!visit.May(AdminRule.SeeAllUsage))
            return new() { Budgets = await budgets ?? [], IsPartial = await budgets is null };
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var day = InTimeAsync(limited => ReportAsync($"from={today:yyyy-MM-dd}&to={today:yyyy-MM-dd}", limited), cancellation);
        var providers = InTimeAsync(limited => api.GetAsync("/providers", ProviderJson.Default.ProviderStatuses, limited), cancellation);
        var month = await InTimeAsync(limited => ReportAsync("groupBy=day", limited), cancellation);
        var seen = requests.All();
        var currency = month?.Totals.Money.OrderByDescending(m => m.Value).Select(m => m.Key).FirstOrDefault() ?? "USD";
        return new()
        {
            Today = await day,
            Month = month,
            Currency = currency,
            SpendByDay = month is null ? [] : Days(month, currency),
            Recent = RecentRequests.Of(seen),
            Providers = ProvidersOf(seen, (await providers)?.Data ?? []),
            Budgets = await budgets ?? [],
            Notices = [.. notices.All().Where(n => n.Topic != Topics.Audit || visit.May(AdminRule.Inspect)).Take(MostNotices)],
            IsPartial = month is null || await day is null || await budgets is null || await providers is null,
        };
    }

    /// <summary>Null where nobody answers, or not in time: the rest is shown without it.</summary>
    private static async Task<T?> InTimeAsync<T>(Func<CancellationToken, Task<T>> read, CancellationToken cancellation)
        where T : class
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(Limit);
        try
        {
            return await read(limited.Token);
        }
        catch (Exception e) when (e is ApiException { Status: >= 500 } || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            return null;
        }
    }

    private Task<UsageReport> ReportAsync(string query, CancellationToken cancellation) =>
        api.GetAsync("/usage?" + query, ApiJson.Default.UsageReport, cancellation);

    /// <summary>Every day of the month so far has a bar.</summary>
    private static List<Bar> Days(UsageReport month, string currency)
    {
        var spent = month.Data.Where(l => l.Currency == currency).ToLookup(l => l.Day, l => l.Cost ?? 0);
        return [.. Enumerable.Range(0, month.To.DayNumber - month.From.DayNumber + 1).Select(n => month.From.AddDays(n))
            .Select(d => new Bar(d.ToString("MM-dd", CultureInfo.InvariantCulture), [spent[d].Sum()]))];
    }

    /// <summary>Those that are down come first, then those that were called most.</summary>
    private static List<ProviderLine> ProvidersOf(IReadOnlyList<LiveRequest> seen, IReadOnlyList<ProviderStatus> statuses)
    {
        var called = seen.ToLookup(r => r.Event.Provider, StringComparer.Ordinal);
        var known = statuses.ToDictionary(s => s.Name, StringComparer.Ordinal);
        return
        [
            .. called.Select(c => c.Key).Union(known.Keys, StringComparer.Ordinal).Select(name => new ProviderLine(
                    name,
                    known.GetValueOrDefault(name),
                    called[name].Count(),
                    called[name].Count(r => RecentRequests.HasFailed(r.Event)),
                    Times.Of(called[name].Select(r => (double?)r.Event.LatencyMs)).Median))
                .Where(line => line.Says).OrderBy(line => line.Status?.State is null or BreakerState.Closed).ThenByDescending(line => line.Requests),
        ];
    }

    /// <summary>Of organisations, then teams, then keys: the first that have one.</summary>
    private async Task<IReadOnlyList<BudgetLine>> BudgetsAsync(CancellationToken cancellation)
    {
        var organizations = ListAsync("/organizations", ApiJson.Default.ListingGroup, cancellation);
        var teams = ListAsync("/teams", ApiJson.Default.ListingGroup, cancellation);
        var keys = ListAsync("/keys", ApiJson.Default.ListingApiKey, cancellation);
        var lines = new List<Task<BudgetLine?>>();
        lines.AddRange((await organizations).Where(Counts).Take(MostBudgets).Select(g => GroupAsync("organizations", "organisation", g, cancellation)));
        lines.AddRange((await teams).Where(Counts).Take(MostBudgets - lines.Count).Select(g => GroupAsync("teams", "team", g, cancellation)));
        var limited = (await keys).Where(k => k is { Budget: not null, RevokedAt: null });
        lines.AddRange(limited.Take(MostBudgets - lines.Count).Select(k => KeyAsync(k, cancellation)));
        var all = await Task.WhenAll(lines);
        return [.. all.OfType<BudgetLine>().OrderByDescending(l => l.Status.PartSpent())];

        static bool Counts(Group group) => group is { Budget: not null, DeletedAt: null };
    }

    private async Task<IReadOnlyList<T>> ListAsync<T>(string path, JsonTypeInfo<Listing<T>> type, CancellationToken cancellation) =>
        (await api.GetAsync($"{path}?limit={Looked}", type, cancellation)).Data;

    private async Task<BudgetLine?> GroupAsync(string path, string kind, Group group, CancellationToken cancellation)
    {
        var whole = await api.GetAsync($"/{path}/{Uri.EscapeDataString(group.Id)}", ApiJson.Default.Group, cancellation);
        return whole.Status?.Budget is { } budget ? new(group.Name ?? group.Id, kind, budget) : null;
    }

    private async Task<BudgetLine?> KeyAsync(ApiKey key, CancellationToken cancellation)
    {
        var status = await api.GetAsync($"/keys/{Uri.EscapeDataString(key.Id)}/status", ApiJson.Default.KeySelf, cancellation);
        return status.Status.Budget is { } budget ? new(key.Name ?? key.Id, "key", budget) : null;
    }
}
