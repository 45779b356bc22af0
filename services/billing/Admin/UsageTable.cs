using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>Groups roll-up rows into report lines. Currencies are never added up; requests without a price join their group's only currency.</summary>
internal sealed class UsageTable(UsageGrouping by)
{
    private readonly Dictionary<Group, Dictionary<string, UsageSums>> _groups = [];

    public void Add(string account, UsageRow row)
    {
        var group = new Group(
            Is(UsageGrouping.Key) || Is(UsageGrouping.Team) || Is(UsageGrouping.Organization) ? account : null,
            Is(UsageGrouping.Day) ? row.Day : null,
            Is(UsageGrouping.Model) ? row.Model : null,
            Is(UsageGrouping.Provider) ? row.Provider : null);
        Sums(_groups, group, row.Currency ?? "").Add(row.Sums);
    }

    public IReadOnlyList<UsageLine> Lines() =>
    [
        .. _groups
            .OrderBy(g => g.Key.Day)
            .ThenBy(g => g.Key.Account, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Provider, StringComparer.Ordinal)
            .SelectMany(g => Joined(g.Value).OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => Line(g.Key, c.Value, c.Key, null))),
    ];

    public UsageLine Totals()
    {
        var byCurrency = new Dictionary<string, UsageSums>();
        foreach (var (currency, sums) in _groups.Values.SelectMany(g => g))
            Sums(byCurrency, currency).Add(sums);
        var all = new UsageSums();
        foreach (var sums in byCurrency.Values)
            all.Add(sums);
        var currencies = byCurrency.Keys.Where(c => c.Length > 0).Order(StringComparer.Ordinal).ToList();
        return currencies.Count > 1
            ? Line(default, all, "", currencies.ToDictionary(c => c, c => byCurrency[c].Cost))
            : Line(default, all, currencies.SingleOrDefault() ?? "", null);
    }

    private bool Is(UsageGrouping one) => by.HasFlag(one);

    private static Dictionary<string, UsageSums> Joined(Dictionary<string, UsageSums> byCurrency)
    {
        if (byCurrency.Count != 2 || !byCurrency.TryGetValue("", out var unpriced))
            return byCurrency;
        var (currency, priced) = byCurrency.Single(c => c.Key.Length > 0);
        var joined = new UsageSums();
        joined.Add(priced);
        joined.Add(unpriced);
        return new() { [currency] = joined };
    }

    private UsageLine Line(Group group, UsageSums sums, string currency, IReadOnlyDictionary<string, decimal>? costs) => new()
    {
        KeyId = Is(UsageGrouping.Key) ? group.Account : null,
        TeamId = Is(UsageGrouping.Team) ? group.Account : null,
        OrganizationId = Is(UsageGrouping.Organization) ? group.Account : null,
        Day = group.Day,
        Model = group.Model,
        Provider = group.Provider,
        Requests = sums.Requests,
        InputTokens = sums.InputTokens,
        OutputTokens = sums.OutputTokens,
        CacheCreationInputTokens = sums.CacheCreationInputTokens,
        CacheReadInputTokens = sums.CacheReadInputTokens,
        Cost = currency.Length > 0 ? sums.Cost : null,
        Currency = currency.Length > 0 ? currency : null,
        UnpricedRequests = sums.UnpricedRequests,
        Costs = costs,
    };

    private static UsageSums Sums<TKey>(Dictionary<TKey, Dictionary<string, UsageSums>> groups, TKey group, string currency)
        where TKey : notnull
    {
        if (!groups.TryGetValue(group, out var byCurrency))
            groups[group] = byCurrency = [];
        return Sums(byCurrency, currency);
    }

    private static UsageSums Sums(Dictionary<string, UsageSums> byCurrency, string currency)
    {
        if (!byCurrency.TryGetValue(currency, out var sums))
            byCurrency[currency] = sums = new UsageSums();
        return sums;
    }

    private readonly record struct Group(string? Account, DateOnly? Day, string? Model, string? Provider);
}
