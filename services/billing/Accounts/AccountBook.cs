using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// The arithmetic of one account, without clock or store: everything that must be exact is here. The protocol is described at
/// <see cref="IAccountActor"/>. Callers see to it that calls come one after the other and that an event is recorded once.
/// </summary>
internal sealed partial class AccountBook(string accountId, AccountState state, AccountOptions options)
{
    /// <summary>What a holder gets beyond its need: at most this part of what is left, so that the last of it is not in one hand.</summary>
    private const int Share = 4;

    /// <summary>How many sums of a day in a currency are kept at hand: two of the longest periods in several currencies.</summary>
    private const int DaysKept = 256;

    /// <summary>After how long money or slots that others hold may be there again.</summary>
    private const long HeldRetryMs = 1_000;

    public AccountState State => state;

    /// <summary>Limits that an older build stored without holding them begin with a full bucket.</summary>
    public void AddMissingRates(DateTimeOffset now)
    {
        foreach (var rate in QuotaDimensions.Rates)
            state[rate] ??= Bucket(null, state.Settings.Limits?.InForce(rate), now);
    }

    public void Configure(AccountSettings settings, DateTimeOffset now)
    {
        Sweep(now);
        foreach (var rate in QuotaDimensions.Rates)
            state[rate] = Bucket(state[rate], settings.Limits?.InForce(rate), now);

        // Money in another currency cannot be told from the new one when it comes back: holders begin anew.
        if (settings.Budget is { } budget && state.Settings.Budget is { } before && budget.Currency != before.Currency)
            state.Leases.Clear();
        // What holders have at hand was granted by the old limits, and a busy one would live on it for as long as it lasts.
        if (settings.Budget != state.Settings.Budget || settings.Limits != state.Settings.Limits)
            Recall(refused: null);
        var budgetBefore = state.Settings.Budget;
        state.Settings = settings;
        state.Exceeded = null;
        ChangeWarnings(budgetBefore, now);
    }

    /// <summary>
    /// Frees the slots of leases that have expired, and the money of holders that stayed silent; returns the money released. What is known to be
    /// the cost of events on their way stays held for as long as they can still come.
    /// </summary>
    public decimal Sweep(DateTimeOffset now)
    {
        // Later than any lease ends that is kept alive now: the clock was set back since, and they end as if they had been kept alive now.
        foreach (var lease in state.Leases.Values)
        {
            if (lease.ReleasedAt > now + options.LeaseLifetime + options.ReservationTtl)
                KeepAlive(lease, now);
        }

        decimal released = 0;
        foreach (var (id, lease) in state.Leases.Where(l => l.Value.ExpiresAt <= now).ToList())
        {
            lease.Slots = 0;
            if (lease.ReleasedAt <= now)
            {
                var late = lease.ReleasedAt + options.EventTtl <= now ? 0
                    : lease.Final ? lease.Money
                    : Math.Clamp(lease.Finished - lease.Settled, 0, lease.Money);
                if (lease.Money > late)
                    state.UnsettledLeases++;
                released += lease.Money - late;
                lease.Money = late;
                lease.Released |= !lease.Final;
                lease.Final = true;
            }

            if (lease.Money == 0)
                state.Leases.Remove(id);
        }

        state.Unsettled += released;
        return released;
    }

    public AccountStatus Status(DateTimeOffset now) => AccountStatus.Of(rate => Rate(state[rate], now)) with
    {
        ConcurrentRequests = state.Settings.Limits?.ConcurrentRequests,
        SlotsHeld = SlotsHeld(),
        Budget = Budget(now),
        SafeguardsModel = state.Settings.SafeguardsModel,
    };

    public AccountBalance Balance() => new()
    {
        Events = state.Events,
        FirstDay = state.FirstDay,
        LastDay = state.LastDay,
        Spent = state.Spent,
        UnpricedRequests = state.UnpricedRequests,
        Refused = state.Refused,
        Unsettled = state.Unsettled,
        UnsettledLeases = state.UnsettledLeases,
        Overrun = state.Overrun,
        Purged = state.Purged,
    };

    /// <summary>Counts an event that has not been counted before, and settles the lease it was reserved under.</summary>
    public void Record(UsageEntry entry)
    {
        var (day, cost) = (entry.Row.Day, entry.Row.Sums.Cost);
        state.Events++;
        state.FirstDay = state.FirstDay is { } first && first < day ? first : day;
        state.LastDay = state.LastDay is { } last && last > day ? last : day;
        var month = CountedMarks.MonthOf(day);
        (state.MarksFrom, state.MarksTo) = (Math.Min(state.MarksFrom ?? month, month), Math.Max(state.MarksTo ?? month, month));
        if (entry.Row.Currency is not { } currency)
        {
            state.UnpricedRequests++;
            return;
        }

        state.Spent[currency] = state.Spent.GetValueOrDefault(currency) + cost;
        AddToDay(day, currency, cost);
        if (entry.LeaseId is { } lease && currency == state.Settings.Budget?.Currency)
            Settle(lease, cost);
    }

    /// <summary>Spend in the budget's period that <paramref name="now"/> lies in.</summary>
    private decimal Spent(KeyBudget budget, DateTimeOffset now)
    {
        if (budget.Period == BudgetPeriod.Total)
            return state.Spent.GetValueOrDefault(budget.Currency);

        // An event from a clock that runs ahead lies in the next period already and does not count in this one.
        var today = BudgetCalendar.Day(now);
        var start = BudgetCalendar.Start(budget.Period, today);
        return state.Days
            .Where(d => d.Currency == budget.Currency && BudgetCalendar.Start(budget.Period, d.Day) == start)
            .Sum(d => d.Spent);
    }

    private BudgetStatus? Budget(DateTimeOffset now)
    {
        if (state.Settings.Budget is not { } budget)
            return null;
        var spent = Spent(budget, now);
        var held = state.Leases.Values.Sum(l => l.Money);
        return new()
        {
            Amount = budget.Amount,
            Currency = budget.Currency,
            Period = budget.Period,
            Enforcement = budget.Enforcement,
            MaxReservation = budget.MaxReservation,
            Unpriced = budget.UnpricedInForce,
            Spent = spent,
            Held = held,
            Left = Math.Max(0, budget.Amount - spent - held),
            ResetsAt = BudgetCalendar.Reset(budget.Period, BudgetCalendar.Day(now)),
        };
    }

    private void AddToDay(DateOnly day, string currency, decimal cost)
    {
        var sum = DayOf(day, currency);
        if (sum is null)
        {
            sum = new DaySpend { Day = day, Currency = currency };
            state.Days.Add(sum);

            // By count, not by age: one event from a clock far ahead must not push out the days that count.
            if (state.Days.Count > DaysKept)
                state.Days.Remove(state.Days.MinBy(d => d.Day)!);
        }

        sum.Spent += cost;
    }

    private DaySpend? DayOf(DateOnly day, string currency)
    {
        // From the end: nearly every event is of the latest day.
        for (var i = state.Days.Count - 1; i >= 0; i--)
        {
            if (state.Days[i].Day == day && state.Days[i].Currency == currency)
                return state.Days[i];
        }

        return null;
    }

    private void Settle(string leaseId, decimal cost)
    {
        if (!state.Leases.TryGetValue(leaseId, out var lease))
        {
            state.Overrun += cost;
            return;
        }

        var settled = Math.Min(lease.Money, cost);
        lease.Money -= settled;
        lease.Settled += cost;
        state.Overrun += cost - settled;
        if (lease.Final && lease.Money == 0)
            state.Leases.Remove(leaseId);
    }

    private int SlotsHeld() => state.Leases.Values.Sum(l => l.Slots);

    private static TokenBucket? Bucket(TokenBucket? before, long? limit, DateTimeOffset now) =>
        limit is not { } perMinute ? null : before?.WithLimit(perMinute, now) ?? TokenBucket.Full(perMinute, now);

    private static RateStatus? Rate(TokenBucket? bucket, DateTimeOffset now)
    {
        if (bucket is null)
            return null;
        bucket.Fill(now);
        return new() { Limit = bucket.Limit, Remaining = bucket.Tokens, ResetsAt = bucket.FullAt(now) };
    }
}
