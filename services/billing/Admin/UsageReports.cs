using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

/// <summary>Sums up what the accounts say. Nothing is counted a second time anywhere, so a report cannot differ from the accounts.</summary>
internal sealed class UsageReports(IActorProxyFactory actors, UsageRecorder recorder)
{
    private const int Parallel = 16;
    private const int IndexPageSize = 1000;

    /// <summary>All accounts of the kind the grouping asks for: teams, organisations, or else keys, which are all usage there is.</summary>
    public async Task<UsageReport> AllAsync(DateOnly from, DateOnly to, UsageGrouping by)
    {
        var accounts = new HashSet<string>(StringComparer.Ordinal);
        for (var day = from; day <= to; day = day.AddDays(1))
            await foreach (var account in AccountsAsync(day))
            {
                if (IsMeant(account, by))
                    accounts.Add(account);
            }

        return await OfAsync(accounts, from, to, by);
    }

    public async Task<UsageReport> OfAsync(IReadOnlyCollection<string> accounts, DateOnly from, DateOnly to, UsageGrouping by)
    {
        var table = new UsageTable(by);
        var query = new UsageQuery { From = from, To = to };
        await System.Threading.Tasks.Parallel.ForEachAsync(accounts, new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (account, _) =>
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
