using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Lets go of what an account has of days before a horizon, a little in each turn: events, roll-ups of days, marks of what was counted. What is let go of
/// is added to sums that stay (<see cref="PurgedUsage"/>), in the same write. From the first of it on the account counts no event of those days any more.
/// </summary>
/// <param name="state">The account's.</param>
/// <param name="ledger">It must not hold anything of a turn.</param>
/// <param name="keepsEvents">Groups keep none.</param>
/// <param name="takeMembers">Takes some of what is known of a group's keys on a day away; true when there is no more. Null: nothing is.</param>
internal sealed class AccountPurge(AccountState state, AccountLedger ledger, bool keepsEvents, Func<DateOnly, Task<bool>>? takeMembers = null)
{
    /// <summary>What a turn does at most: some dozens of reads, and one write.</summary>
    private const int MaxPages = 8;
    private const int MaxDays = 8;
    private const int MaxMonths = 4;

    /// <summary>Whose roll-ups are gone since this was made.</summary>
    public List<DateOnly> Days { get; } = [];

    public bool Changed { get; private set; }

    /// <summary>True when there is more. Whether anything was done says <see cref="Changed"/>; the caller saves.</summary>
    /// <param name="horizon">The first day that is kept.</param>
    /// <param name="today">The current one.</param>
    public async Task<bool> RunAsync(DateOnly horizon, DateOnly today)
    {
        // A retention that was made longer brings nothing back.
        if (state.Purged?.Before > horizon)
            horizon = state.Purged.Before.Value;
        var more = await PurgeMarksAsync(horizon);
        more |= await PurgeDaysAsync(horizon);
        more |= await PurgePagesAsync(horizon, today);
        if (Changed)
            Purged.Before = horizon;
        return more;
    }

    private PurgedUsage Purged => state.Purged ??= new();

    /// <summary>A month is over when its last day is.</summary>
    private async Task<bool> PurgeMarksAsync(DateOnly horizon)
    {
        var end = CountedMarks.MonthOf(horizon);
        for (var months = 0; state.MarksFrom is { } month && month < end; months++)
        {
            if (months == MaxMonths)
                return true;
            Changed = true;
            if (await ledger.TakeMarksAsync(month))
                return true;
            if (month < state.MarksTo)
                state.MarksFrom = CountedMarks.After(month);
            else
                state.MarksFrom = state.MarksTo = null;
        }

        return false;
    }

    private async Task<bool> PurgeDaysAsync(DateOnly horizon)
    {
        for (var days = 0; state.FirstDay is { } day && day < horizon; days++)
        {
            if (days == MaxDays)
                return true;
            Changed = true;
            if ((keepsEvents && !await ledger.TakeFactsAsync(day)) || (takeMembers is not null && !await takeMembers(day)))
                return true;
            foreach (var row in await ledger.TakeDayAsync(day))
            {
                var currency = row.Currency ?? PurgedUsage.NoCurrency;
                if (!Purged.Rollups.TryGetValue(currency, out var sums))
                    Purged.Rollups[currency] = sums = new UsageSums();
                sums.Add(row.Sums);
            }

            Days.Add(day);
            if (day < state.LastDay)
                state.FirstDay = day.AddDays(1);
            else
                state.FirstDay = state.LastDay = null;
        }

        return false;
    }

    private async Task<bool> PurgePagesAsync(DateOnly horizon, DateOnly today)
    {
        for (var pages = 0; keepsEvents && (state.Purged?.Events ?? 0) < state.Events; pages++)
        {
            if (pages == MaxPages)
                return true;
            if (await ledger.TakePageAsync((state.Purged?.Events ?? 0) + 1, horizon, today.AddDays(1)) is not { Count: > 0 } events)
                return false;
            foreach (var e in events)
            {
                Purged.Events++;
                if (e.Cost is { } cost)
                    Purged.EventCost[cost.Currency] = Purged.EventCost.GetValueOrDefault(cost.Currency) + cost.Amount;
                else
                    Purged.UnpricedEvents++;
            }

            Changed = true;
        }

        return false;
    }
}
