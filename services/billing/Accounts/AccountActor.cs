using System.Globalization;
using Dapr.Actors.Runtime;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Accounts;

/// <summary>
/// One account over Dapr: loads the <see cref="AccountBook"/>, runs one call on it, writes what changed in one transaction before it answers.
/// State keys: <c>head</c>; <c>day:{yyyy-MM-dd}</c> roll-ups of a day; <c>events:{page}</c> the events in the order they were
/// counted, a few to a page; <c>seen:{key}</c> that an event has been counted, kept for good.
/// </summary>
internal sealed class AccountActor(ActorHost host, AccountOptions options, TimeProvider time, BillingMetrics metrics, QuotaAnnouncer announcer)
    : Actor(host), IAccountActor, IRemindable
{
    private const string Head = "head";
    private const string Watch = "watch";
    private const int MaxPage = 1000;

    /// <summary>A busy account writes one page for many events, and each new key costs a look in the store; a quiet one must not write much for each.</summary>
    private const int EventsPerPage = 16;

    /// <summary>Written states stay in the state manager's cache; it is emptied now and then so that a busy account does not grow.</summary>
    private const int CommitsPerCache = 256;

    private readonly List<string> _seen = [];
    private AccountBook? _book;
    private int _commits;

    private DateTimeOffset Now => time.GetUtcNow();

    public async Task<AccountStatus> ConfigureAsync(AccountSettings settings)
    {
        var book = await BookAsync();
        book.Configure(settings, Now);
        await CommitAsync(book);
        return book.Status(Now);
    }

    public async Task<LeaseGrant> AcquireLeaseAsync(LeaseRequest request)
    {
        var book = await BookAsync();
        Sweep(book);
        var grant = book.Lease(request, Now);
        var exceeded = book.TakeExceeded(grant.Refusal, Now);
        await WatchAsync(book);
        await CommitAsync(book);
        if (exceeded)
            announcer.Announce(Id.GetId(), grant.Refusal!, Now);
        return grant;
    }

    public async Task<AccountStatus> ReturnLeaseAsync(LeaseReturn request)
    {
        var book = await BookAsync();
        Sweep(book);
        var status = book.Return(request, Now);
        await CommitAsync(book);
        return status;
    }

    public async Task<UsageReceipt> RecordUsageAsync(UsageEvent usage)
    {
        var book = await BookAsync();
        if (!await TakeAsync(book, usage))
            return new() { Duplicate = true };
        await CommitAsync(book);
        Recorded(usage);
        return new() { Duplicate = false };
    }

    public async Task RecordUsageBatchAsync(UsageBatch batch)
    {
        var book = await BookAsync();
        var taken = new List<UsageEvent>(batch.Events.Count);
        foreach (var usage in batch.Events)
        {
            if (await TakeAsync(book, usage))
                taken.Add(usage);
        }

        if (taken.Count == 0)
            return;
        await CommitAsync(book);
        taken.ForEach(Recorded);
    }

    public async Task<AccountStatus> GetStatusAsync()
    {
        var book = await BookAsync();
        Sweep(book);
        return book.Status(Now);
    }

    public async Task<AccountBalance> GetBalanceAsync() => (await BookAsync()).Balance();

    public async Task<AccountUsage> GetUsageAsync(UsageQuery query)
    {
        var balance = (await BookAsync()).Balance();
        if (balance.FirstDay is not { } first || balance.LastDay is not { } last)
            return new();
        var rows = new List<UsageRow>();
        var end = query.To < last ? query.To : last;
        for (var day = query.From > first ? query.From : first; day <= end; day = day.AddDays(1))
            rows.AddRange(await DayAsync(day));
        return new() { Rows = rows };
    }

    public async Task<EventPage> ListEventsAsync(EventQuery query)
    {
        var count = AccountIds.IsGroup(Id.GetId()) ? 0 : (await BookAsync()).State.Events;
        var events = new List<UsageEvent>();
        var last = Math.Min(count, query.After + Math.Clamp(query.Limit, 1, MaxPage));
        for (var n = query.After; n < last;)
        {
            var page = await PageAsync(n + 1);
            var start = (int)(n % EventsPerPage);
            var take = (int)Math.Min(last - n, page.Count - start);
            events.AddRange(page.GetRange(start, take));
            n += take;
        }

        // A page may be large, and is not needed twice.
        await StateManager.ClearCacheAsync();
        return new() { Events = events, Next = last < count ? last : null };
    }

    /// <summary>Comes around while holders have money or slots, so that a silent one is reported even when nobody calls.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        var book = await BookAsync();
        Sweep(book);
        if (book.State.Leases.Count == 0)
        {
            await UnregisterReminderAsync(Watch);
            book.State.Watched = false;
        }

        await CommitAsync(book);
    }

    /// <summary>The call has failed, its changes may not be stored: the next one reads what is.</summary>
    protected override Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e)
    {
        _book = null;
        _seen.Clear();
        return Task.CompletedTask;
    }

    /// <summary>False when the event has been counted before.</summary>
    private async Task<bool> TakeAsync(AccountBook book, UsageEvent usage)
    {
        var seen = StateKey.Of("seen:", usage.SettlementKey);
        if (!await StateManager.TryAddStateAsync(seen, book.State.Events + 1))
        {
            metrics.Duplicate();
            return false;
        }

        _seen.Add(seen);
        book.Record(usage);
        await AddToDayAsync(usage);
        if (!AccountIds.IsGroup(Id.GetId()))
            await KeepAsync(book.State.Events, usage);
        return true;
    }

    private void Recorded(UsageEvent usage)
    {
        if (!AccountIds.IsGroup(Id.GetId()))
            metrics.Recorded(usage);
    }

    private async Task KeepAsync(long number, UsageEvent usage)
    {
        var page = await PageAsync(number);
        page.Add(usage);
        await StateManager.SetStateAsync(PageKey(number), page);
    }

    /// <summary>The page that the event of this number is on, or will be.</summary>
    private async Task<List<UsageEvent>> PageAsync(long number)
    {
        var page = await StateManager.TryGetStateAsync<List<UsageEvent>>(PageKey(number));
        return page.HasValue ? page.Value : [];
    }

    private static string PageKey(long number) => string.Create(CultureInfo.InvariantCulture, $"events:{(number - 1) / EventsPerPage}");

    private static string DayKey(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"day:{day:yyyy-MM-dd}");

    private async Task<AccountBook> BookAsync()
    {
        if (_book is not null)
            return _book;
        var head = await StateManager.TryGetStateAsync<AccountState>(Head);
        return _book = new AccountBook(Id.GetId(), head.HasValue ? head.Value : new AccountState(), options);
    }

    private async Task CommitAsync(AccountBook book)
    {
        await StateManager.SetStateAsync(Head, book.State);
        await StateManager.SaveStateAsync();
        if (++_commits % CommitsPerCache == 0)
            await StateManager.ClearCacheAsync();
        // Each save looks through all that the state manager holds, and these are not looked at again.
        foreach (var seen in _seen)
            await StateManager.UnloadStateAsync(seen);
        _seen.Clear();
    }

    private async Task<List<UsageRow>> DayAsync(DateOnly day)
    {
        var rows = await StateManager.TryGetStateAsync<List<UsageRow>>(DayKey(day));
        return rows.HasValue ? rows.Value : [];
    }

    private async Task AddToDayAsync(UsageEvent usage)
    {
        var day = BudgetCalendar.Day(usage.Time);
        var rows = await DayAsync(day);
        DayRollup.Add(rows, day, usage);
        await StateManager.SetStateAsync(DayKey(day), rows);
    }

    private void Sweep(AccountBook book)
    {
        var released = book.Sweep(Now);
        if (released == 0)
            return;
        metrics.Unsettled();
        Log.Unsettled(Logger, Id.GetId(), released);
    }

    private async Task WatchAsync(AccountBook book)
    {
        if (book.State.Watched || book.State.Leases.Count == 0)
            return;
        var period = options.LeaseLifetime + options.ReservationTtl;
        await RegisterReminderAsync(Watch, [], period, period);
        book.State.Watched = true;
    }
}
