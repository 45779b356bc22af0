using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin.Reconciliation;

/// <summary>
/// Counts accounts one after the other until the work of one call is done; where it stopped it goes on with the next call. An account in use is
/// counted up to where it stands now. Roll-ups are read between two looks at the balance, and must not lie outside of what these say: of an account that
/// rests that is exact.
/// </summary>
/// <param name="actors">For the accounts.</param>
/// <param name="events">How many it reads, about. The read of anything else from the store counts as that of a page of them.</param>
internal sealed class AccountCounter(IActorProxyFactory actors, int events)
{
    /// <summary>What a call of an account has at most; its turn holds up leases for some milliseconds.</summary>
    private const int EventsPerTurn = 32 * AccountLedger.EventsPerPage;
    private const int DaysPerTurn = 512;

    private int _left = events;

    public bool IsDone => _left <= 0;

    /// <summary>Null: there was too much of it for this call, and <paramref name="count"/> says how far it came.</summary>
    public async Task<ReconciliationLine?> CountAsync(AccountCount count)
    {
        var account = actors.CreateActorProxy<IAccountActor>(new ActorId(count.KeyId), ActorTypes.Account);
        for (var balance = await BalanceAsync(account); ; balance = await BalanceAsync(account))
        {
            if (count.Days is null)
            {
                // A group or a rule keeps no events of its own: its roll-ups are held against its balance.
                var isSum = AccountIds.IsSum(count.KeyId);
                if (!isSum && !await ReadEventsAsync(account, count, balance))
                {
                    if (MustStop(count))
                        return null;
                    continue;
                }

                count.Days = DayCount.Of(balance, isSum ? null : count.Events);
            }

            if (!await ReadDaysAsync(account, count, balance))
            {
                if (MustStop(count))
                    return null;
                continue;
            }

            return LineOf(count, balance, await BalanceAsync(account));
        }
    }

    /// <summary>An account in so many currencies that no place has room for them is counted in one call, whatever it has.</summary>
    private bool MustStop(AccountCount count) =>
        IsDone && count.Events.IsSmall && count.Days is null or { Counted.IsSmall: true, Least.IsSmall: true };

    /// <summary>Some more of the events up to the balance; true when all of them are counted.</summary>
    private async Task<bool> ReadEventsAsync(IAccountActor account, AccountCount count, AccountBalance balance)
    {
        do
        {
            // What is purged since is in the sums of that.
            if (balance.Purged is { } purged && purged.Events > count.Read)
                (count.Read, count.Events) = (purged.Events, UsageTally.OfEvents(purged));
            if (count.Read >= balance.Events)
                return true;
            var limit = (int)Math.Min(EventsPerTurn, balance.Events - count.Read);
            var page = await account.ListEventsAsync(new EventQuery { After = count.Read, Limit = limit });
            Spend(limit);
            if (page.After > count.Read)
                return false;
            foreach (var e in page.ReadEvents())
                count.Events.Add(e);
            count.Read += limit;
        }
        while (!MustStop(count));

        return count.Read >= balance.Events;
    }

    /// <summary>Some more of the roll-ups; true when all of them are counted.</summary>
    private async Task<bool> ReadDaysAsync(IAccountActor account, AccountCount count, AccountBalance balance)
    {
        for (var days = count.Days!; days.Next is { } day && day <= balance.LastDay;)
        {
            if (MustStop(count))
                return false;
            var last = balance.LastDay.Value.DayNumber - day.DayNumber < DaysPerTurn ? balance.LastDay.Value : day.AddDays(DaysPerTurn - 1);
            var usage = await account.GetUsageAsync(new UsageQuery { From = day, To = last });
            Spend((last.DayNumber - day.DayNumber + 1) * AccountLedger.EventsPerPage);
            if (usage.Purged != days.Purged)
            {
                // Some of them have gone into the sums meanwhile.
                count.Days = null;
                return false;
            }

            foreach (var row in usage.Rows)
                days.Counted.Add(row.Currency, row.Sums);
            days.Next = last.AddDays(1);
        }

        return true;
    }

    private async Task<AccountBalance> BalanceAsync(IAccountActor account)
    {
        Spend(AccountLedger.EventsPerPage);
        return await account.GetBalanceAsync();
    }

    private void Spend(int events) => _left -= events;

    /// <param name="count">All of it.</param>
    /// <param name="balance">Before the last of the days were read.</param>
    /// <param name="after">And when they were.</param>
    private static ReconciliationLine LineOf(AccountCount count, AccountBalance balance, AccountBalance after)
    {
        var days = count.Days!;
        var counted = AccountIds.IsSum(count.KeyId) ? days.Counted : count.Events;
        return new()
        {
            KeyId = count.KeyId,
            Consistent = days.Agrees && days.Counted.Covers(days.Least) && UsageTally.OfBalance(after).Covers(days.Counted),
            Events = counted.Requests,
            EventCost = counted.Cost,
            RollupCost = days.Counted.Cost,
            RollupRequests = days.Counted.Requests,
            Balance = balance,
        };
    }
}
