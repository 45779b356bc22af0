using System.Collections.Concurrent;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Admin;

/// <summary>Sums up what the accounts say. Nothing is counted a second time anywhere, so a report cannot differ from the accounts.</summary>
internal sealed class UsageReports([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, UsageRecorder recorder)
{
    private const int IndexPageSize = 1000;
    private static readonly ParallelOptions AtOnce = new() { MaxDegreeOfParallelism = 16 };

    /// <summary>All accounts of the kind the grouping asks for: teams, organisations, or else keys, which are all usage there is.</summary>
    public async Task<UsageReport> AllAsync(DateOnly from, DateOnly to, UsageGrouping by)
    {
        var accounts = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        var days = Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(from.AddDays);
        await Parallel.ForEachAsync(days, AtOnce, async (day, _) =>
        {
            await foreach (var account in AccountsAsync(day))
            {
                if (IsMeant(account, by))
                    accounts[account] = true;
            }
        });
        return await OfAsync([.. accounts.Keys], from, to, by);
    }

    public async Task<UsageReport> OfAsync(IReadOnlyCollection<string> accounts, DateOnly from, DateOnly to, UsageGrouping by)
    {
        var table = new UsageTable(by);
        var query = new UsageQuery { From = from, To = to };
        await Parallel.ForEachAsync(accounts, AtOnce, async (account, _) =>
        {
            var usage = await actors.CreateActorProxy<IAccountActor>(new ActorId(account), ActorTypes.Account).GetUsageAsync(query);
            lock (table)
            {
                foreach (var row in usage.Rows)
                    table.Add(account, row);
            }
        });
        return new() { From = from, To = to, Data = table.Lines(), Totals = table.Totals() };
    }

    private async IAsyncEnumerable<string> AccountsAsync(DateOnly day)
    {
        var index = recorder.Index(day);
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

    private static bool IsMeant(string account, UsageGrouping by) =>
        by.HasFlag(UsageGrouping.Team) ? AccountIds.IsTeam(account)
        : by.HasFlag(UsageGrouping.Organization) ? AccountIds.IsOrganization(account)
        : !AccountIds.IsGroup(account);
}
