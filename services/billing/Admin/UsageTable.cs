using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>Groups roll-up rows into report lines. Currencies are never added up; requests without a price join their group's only currency.</summary>
internal sealed class UsageTable(UsageGroups by)
{
    /// <summary>A user, a session or a tag may be in one request only.</summary>
    private const int MaxGroups = 100_000;

    /// <summary>No value of a tag has one.</summary>
    private const char TagEnd = '\n';

    private readonly Dictionary<Group, Dictionary<string, UsageSums>> _groups = [];

    /// <param name="account">Whose it is; null: nobody knows any more.</param>
    /// <param name="row">Its usage.</param>
    public void Add(string? account, UsageRow row) => Sums(GroupOf(account, row.Day, row.Model, row.Provider), row.Currency).Add(row.Sums);

    /// <exception cref="ReportTooLargeException">It would have too many lines.</exception>
    public void Add(string account, DateOnly day, UsageFact fact)
    {
        var origin = fact.Origin;
        var group = GroupOf(account, day, fact.Model, fact.Provider) with
        {
            Hour = Is(UsageGrouping.Hour) ? new DateTimeOffset(day, new TimeOnly(origin.Hour, 0), TimeSpan.Zero) : null,
            User = Is(UsageGrouping.User) ? origin.User : null,
            Session = Is(UsageGrouping.Session) ? origin.Session : null,
            Agent = Is(UsageGrouping.Agent) ? origin.Agent : null,
            RequestClass = Is(UsageGrouping.RequestClass) ? origin.RequestClass : null,
            Tags = origin.Tags is not null && Is(UsageGrouping.Tag) ? string.Join(TagEnd, by.Tags.Select(origin.Tag)) : NoTags,
        };
        Sums(group, fact.Currency).Add(fact.Sums);
        if (_groups.Count > MaxGroups)
            throw new ReportTooLargeException("groupBy", $"The report would have more than {MaxGroups} lines. Ask for fewer days, or group by less.");
    }

    public IReadOnlyList<UsageLine> Lines() =>
    [
        .. _groups
            .OrderBy(g => g.Key.Day)
            .ThenBy(g => g.Key.Hour)
            .ThenBy(g => g.Key.Account, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Model, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Provider, StringComparer.Ordinal)
            .ThenBy(g => g.Key.User, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Session, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Agent, StringComparer.Ordinal)
            .ThenBy(g => g.Key.RequestClass, StringComparer.Ordinal)
            .ThenBy(g => g.Key.Tags, StringComparer.Ordinal)
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
            ? Line(new Group { Tags = NoTags }, all, "", currencies.ToDictionary(c => c, c => byCurrency[c].Cost))
            : Line(new Group { Tags = NoTags }, all, currencies.SingleOrDefault() ?? "", null);
    }

    private string NoTags { get; } = new(TagEnd, Math.Max(0, by.Tags.Count - 1));

    private bool Is(UsageGrouping one) => by.Has(one);

    private Group GroupOf(string? account, DateOnly day, string model, string provider) => new()
    {
        Account = Is(UsageGrouping.Key | UsageGrouping.Team | UsageGrouping.Organization) ? account : null,
        Day = Is(UsageGrouping.Day) ? day : null,
        Model = Is(UsageGrouping.Model) ? model : null,
        Provider = Is(UsageGrouping.Provider) ? provider : null,
        Tags = NoTags,
    };

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

    private UsageLine Line(in Group group, UsageSums sums, string currency, IReadOnlyDictionary<string, decimal>? costs) => new()
    {
        KeyId = Is(UsageGrouping.Key) ? group.Account : null,
        TeamId = Is(UsageGrouping.Team) ? group.Account : null,
        OrganizationId = Is(UsageGrouping.Organization) ? group.Account : null,
        Day = group.Day,
        Hour = group.Hour,
        Model = group.Model,
        Provider = group.Provider,
        User = group.User,
        Session = group.Session,
        Agent = group.Agent,
        RequestClass = group.RequestClass,
        Tags = TagsOf(group),
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

    private Dictionary<string, string>? TagsOf(in Group group)
    {
        if (group.Tags == NoTags)
            return null;
        var values = group.Tags.Split(TagEnd);
        return by.Tags.Zip(values).Where(t => t.Second.Length > 0).ToDictionary(t => t.First, t => t.Second);
    }

    private UsageSums Sums(in Group group, string? currency)
    {
        if (!_groups.TryGetValue(group, out var byCurrency))
            _groups[group] = byCurrency = [];
        return Sums(byCurrency, currency ?? "");
    }

    private static UsageSums Sums(Dictionary<string, UsageSums> byCurrency, string currency)
    {
        if (!byCurrency.TryGetValue(currency, out var sums))
            byCurrency[currency] = sums = new UsageSums();
        return sums;
    }

    private readonly record struct Group(
        string? Account, DateOnly? Day, DateTimeOffset? Hour, string? Model, string? Provider, string? User, string? Session, string? Agent,
        string? RequestClass, string Tags);
}
