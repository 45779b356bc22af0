using System.Collections.Concurrent;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Admin;

/// <summary>
/// Sums up what the accounts say, by their roll-ups of days or, where those do not say enough, by the facts of the keys' accounts. Nothing is counted a
/// second time anywhere, so a report cannot differ from the accounts.
/// </summary>
internal sealed class UsageReports([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, UsageRecorder recorder)
{
    /// <summary>Of a report: some seconds of work.</summary>
    private const int MaxFacts = 500_000;

    private const int IndexPageSize = 1000;
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    /// <summary>The first day that sums have all of; null: not known yet. It never changes.</summary>
    private DateOnly? _sumsFrom;

    /// <summary>
    /// All usage there is, or that of all teams or organisations. Ten thousand keys need not be asked: what they used stands once in their organisations'
    /// accounts and in that of what no organisation has, but for days of a build that had no such account.
    /// </summary>
    public async Task<UsageReport> AllAsync(DateOnly from, DateOnly to, UsageGroups by)
    {
        var work = new Work(by);
        var isOfGroups = by.Has(UsageGrouping.Team | UsageGrouping.Organization);
        var sumsFrom = !isOfGroups && (by.NeedFacts || by.Has(UsageGrouping.Key)) ? DateOnly.MaxValue : await SumsFromAsync();
        if (from < sumsFrom)
        {
            var days = new UsageQuery { From = from, To = to < sumsFrom ? to : sumsFrom.AddDays(-1) };
            await AddAsync(await AccountsAsync(days, null, account => isOfGroups ? IsMeant(account) : !AccountIds.IsSum(account)), days, work);
        }

        if (to >= sumsFrom)
        {
            var days = new UsageQuery { From = from > sumsFrom ? from : sumsFrom, To = to };
            var accounts = await AccountsAsync(days, UsageIndexActor.Groups, IsMeant);
            await AddAsync(isOfGroups ? accounts : [.. accounts, AccountIds.NoOrganization], days, work);
        }

        return work.Report(from, to);

        bool IsMeant(string account) => by.Has(UsageGrouping.Team) ? AccountIds.IsTeam(account) : AccountIds.IsOrganization(account);
    }

    /// <exception cref="ReportTooLargeException">Its days have too much to tell apart.</exception>
    public async Task<UsageReport> OfAsync(IReadOnlyCollection<string> accounts, DateOnly from, DateOnly to, UsageGroups by)
    {
        var work = new Work(by);
        await AddAsync(accounts, new() { From = from, To = to }, work);
        return work.Report(from, to);
    }

    private async ValueTask<DateOnly> SumsFromAsync() =>
        (_sumsFrom ??= await KeyEndpoints.Directory(actors).GetSumsFromAsync()) ?? DateOnly.MaxValue;

    private Task AddAsync(IReadOnlyCollection<string> accounts, UsageQuery days, Work work) => Parallel.ForEachAsync(accounts, AtOnce, async (account, _) =>
    {
        if (AccountIds.IsGroup(account) && (work.By.NeedFacts || work.By.Has(UsageGrouping.Key)))
            await AddGroupAsync(account, days, work);
        else if (work.By.NeedFacts && !AccountIds.IsSum(account))
            await AddKeyAsync(account, days, work);
        else
            Add(work.Table, account, await RowsAsync(account, days));
    });

    /// <summary>A key by its facts, and what is before them.</summary>
    private async Task AddKeyAsync(string key, UsageQuery days, Work work)
    {
        var rests = new DayRests();
        var rows = new List<UsageRow>();
        await foreach (var day in FactsAsync(key, days, work))
        {
            rows.AddRange(day.Rows ?? []);
            lock (work.Table)
            {
                foreach (var fact in day.Facts)
                {
                    rests.Add(day.Day, fact);
                    work.Table.Add(key, day.Day, fact);
                }
            }
        }

        Add(work.Table, key, rests.Of(rows));
    }

    /// <summary>A group by the facts of the keys that have used it, and what is before them.</summary>
    private async Task AddGroupAsync(string group, UsageQuery days, Work work)
    {
        var rests = new DayRests();
        var byKey = work.By.Has(UsageGrouping.Key);
        foreach (var key in await AccountsAsync(days, group, static _ => true))
        {
            await foreach (var day in FactsAsync(key, days, work))
            {
                lock (work.Table)
                {
                    foreach (var fact in day.Facts.Where(f => f.Origin.IsOf(group)))
                    {
                        rests.Add(day.Day, fact);
                        work.Table.Add(byKey ? key : group, day.Day, fact);
                    }
                }
            }
        }

        Add(work.Table, byKey ? null : group, rests.Of(await RowsAsync(group, days)));
    }

    private async IAsyncEnumerable<DayFacts> FactsAsync(string key, UsageQuery days, Work work)
    {
        var account = Account(key);
        for (FactsQuery? next = new() { From = days.From, To = days.To }; next is not null;)
        {
            var facts = await account.GetFactsAsync(next);
            work.Count(facts.Days.Sum(static d => d.Facts.Count));
            foreach (var day in facts.Days)
                yield return day;
            next = facts.Next;
        }
    }

    private async Task<IReadOnlyList<UsageRow>> RowsAsync(string account, UsageQuery query) => (await Account(account).GetUsageAsync(query)).Rows;

    private static void Add(UsageTable table, string? account, IEnumerable<UsageRow> rows)
    {
        lock (table)
        {
            foreach (var row in rows)
                table.Add(account, row);
        }
    }

    /// <summary>Those that have usage on any of the days; of a group, the keys that have.</summary>
    private async Task<IReadOnlyCollection<string>> AccountsAsync(UsageQuery days, string? group, Func<string, bool> isMeant)
    {
        var accounts = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var each = Enumerable.Range(0, days.To.DayNumber - days.From.DayNumber + 1).Select(days.From.AddDays);
        await Parallel.ForEachAsync(each, AtOnce, async (day, _) =>
        {
            await foreach (var account in AccountsAsync(day, group))
            {
                if (isMeant(account))
                    accounts[account] = true;
            }
        });
        return [.. accounts.Keys];
    }

    private async IAsyncEnumerable<string> AccountsAsync(DateOnly day, string? group)
    {
        var index = recorder.Index(day, group);
        for (long after = 0; ;)
        {
            var page = await index.ListAsync(new IndexQuery { After = after, Limit = IndexPageSize });
            foreach (var account in page.Accounts)
                yield return account;
            after += page.Accounts.Count;
            if (page.Accounts.Count < IndexPageSize)
                yield break;
        }
    }

    private IAccountActor Account(string id) => actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    private sealed class Work(UsageGroups by)
    {
        private int _facts;

        public UsageTable Table { get; } = new(by);

        public UsageGroups By => by;

        public UsageReport Report(DateOnly from, DateOnly to) => new() { From = from, To = to, Data = Table.Lines(), Totals = Table.Totals() };

        public void Count(int facts)
        {
            if (Interlocked.Add(ref _facts, facts) > MaxFacts)
                throw new ReportTooLargeException("from", "There is too much to tell apart in these days. Ask for fewer, or for one key or team.");
        }
    }
}
