using Dapr.Actors.Runtime;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;

namespace Gateway.Billing.Accounts;

/// <summary>
/// One account over Dapr: loads the <see cref="AccountBook"/>, runs one call on it, writes what changed in one transaction before it answers.
/// State keys: <c>head</c>; <c>day:{yyyy-MM-dd}</c> roll-ups of a day, and <c>facts:{yyyy-MM-dd}</c> the same by origin (<see cref="FactPages"/>);
/// <c>events:{page}</c> the events in the order they were counted, a few to a page; <c>counted:{source}</c> which numbers of a source and key have been
/// counted, and <c>seen:{key}</c> that an event without a number has been; the lists of these by month (<see cref="CountedMarks"/>). What is older than
/// its organisation keeps is purged.
/// </summary>
internal sealed partial class AccountActor(ActorHost host, AccountOptions options, TimeProvider time, BillingMetrics metrics, QuotaAnnouncer announcer,
    RuleSettingsSource rules, CatalogSource catalog, SidecarStarts starts) : PlacedActor(host, starts), IAccountActor, IRemindable
{
    private const string Head = "head";
    private const string Watch = "watch";
    private const string Warn = "warn";
    private const int MaxPage = 1000;

    /// <summary>A turn that reads them holds up leases for some milliseconds.</summary>
    private const int EnoughFacts = 1000;
    private static readonly TimeSpan WatchAgainAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarnAgainAfter = TimeSpan.FromSeconds(10);

    private readonly bool _isSum = AccountIds.IsSum(host.Id.GetId());
    private readonly bool _isRule = AccountIds.IsRule(host.Id.GetId());
    private readonly bool _isProvider = AccountIds.IsProvider(host.Id.GetId());
    private AccountBook? _book;
    private AccountLedger? _ledger;
    private Task? _watching;
    private Task? _warning;
    private RefusedNotices? _refused;

    private DateTimeOffset Now => time.GetUtcNow();

    private AccountLedger Ledger => _ledger ??= new AccountLedger(StateManager, keepsEvents: !_isSum);

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
        await CommitAsync(book);
        if (book.State.Leases.Count > 0)
            _watching ??= RemindAsync(Watch, options.LeaseLifetime + options.ReservationTtl, () => _watching = null);
        if (request.Refused is { Count: > 0 })
            _refused!.Add(new Dictionary<string, long>(book.State.Refused));
        if (exceeded)
            announcer.Announce(AccountsOf(book), grant.Refusal!, Now);
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

    public async Task<RecordedUsage?> RecordUsageAsync(UsageBatch batch)
    {
        var book = await BookAsync();
        var counted = new List<UsageEntry>(batch.Entries.Count);
        List<int>? tooOld = null;
        for (var i = 0; i < batch.Entries.Count; i++)
        {
            var entry = batch.Entries[i];
            var number = book.State.Events + 1;
            if (entry.Row.Day < book.State.Purged?.Before && !await Ledger.HasCountedAsync(entry))
            {
                (tooOld ??= []).Add(i);
                continue;
            }

            if (!await Ledger.TryCountAsync(entry, number))
            {
                // Once for the event, whatever sums have it, too.
                if (!_isSum)
                    metrics.Duplicate();
                continue;
            }

            book.Record(entry);
            await Ledger.AddAsync(entry, number);
            counted.Add(entry);
        }

        var answer = tooOld is null ? null : new RecordedUsage { TooOld = tooOld };
        if (counted.Count == 0)
            return answer;
        book.Warn(Now);
        RemindOfPurge(book);
        await CommitAsync(book);
        if (!_isSum)
            counted.ForEach(metrics.Recorded);
        return answer;
    }

    public async Task<bool> HasCountedAsync(CountedQuery query) => await Ledger.HasCountedAsync(query);

    public async Task<AccountStatus> GetStatusAsync()
    {
        var book = await BookAsync();
        Sweep(book);
        SendWarnings(book);
        return book.StatusWithForecast(Now);
    }

    public async Task ForgetWarningsAsync(WarningsSent sent)
    {
        var book = await BookAsync();
        if (book.State.Warnings.RemoveAll(warning => sent.Ids.Contains(warning.Id)) > 0)
            await CommitAsync(book);
    }

    public async Task<AccountBalance> GetBalanceAsync() => (await BookAsync()).Balance();

    public async Task<AccountUsage> GetUsageAsync(UsageQuery query)
    {
        var balance = (await BookAsync()).Balance();
        var purged = balance.Purged?.Rollups.Values.Sum(sums => sums.Requests) ?? 0;
        if (balance.FirstDay is not { } first || balance.LastDay is not { } last)
            return new() { Purged = purged };
        var rows = new List<UsageRow>();
        var end = query.To < last ? query.To : last;
        for (var day = query.From > first ? query.From : first; day <= end; day = day.AddDays(1))
            rows.AddRange(await Ledger.ReadDayAsync(day));
        return new() { Rows = rows, Purged = purged };
    }

    public async Task<AccountFacts> GetFactsAsync(FactsQuery query)
    {
        var balance = (await BookAsync()).Balance();
        if (_isSum || balance.FirstDay is not { } first || balance.LastDay is not { } last)
            return new();
        if (query.To > last)
            query = query with { To = last };
        var facts = await Ledger.FactsAsync(query.From < first ? new() { From = first, To = query.To } : query, EnoughFacts);
        await Ledger.ForgetAsync();
        return facts;
    }

    public async Task<EventPage> ListEventsAsync(EventQuery query)
    {
        var count = _isSum ? 0 : (await BookAsync()).State.Events;
        var purged = _isSum ? 0 : _book!.State.Purged?.Events ?? 0;
        var events = new StoredEvents();
        var after = Math.Max(query.After, purged);
        var last = Math.Min(count, after + Math.Clamp(query.Limit, 1, MaxPage));
        for (var n = after; n < last;)
        {
            var page = await Ledger.EventsAsync(n + 1);
            var begin = n - (n % AccountLedger.EventsPerPage);
            var end = Math.Min(begin + AccountLedger.EventsPerPage, last);
            // What was purged of it is not in the page.
            begin = Math.Max(begin, purged);
            events.AddRange(page, (int)(n - begin), (int)(end - begin));
            n = end;
        }

        // A page may be large, and is not needed twice.
        await Ledger.ForgetAsync();
        return new() { Events = events.Json, After = after, Next = last < count ? last : null };
    }

    /// <summary>Comes around while holders have money or slots, so that a silent one is reported even when nobody calls.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (reminderName == Purge)
        {
            _purging ??= PurgeAllAsync();
            return;
        }

        var book = await BookAsync();
        Sweep(book);
        await CommitAsync(book);
        if (reminderName == Warn)
        {
            if (book.State.Warnings.Count > 0)
                return;
            await UnregisterReminderAsync(Warn);
            _warning = null;
            return;
        }

        if (book.State.Leases.Count > 0)
            return;
        await UnregisterReminderAsync(Watch);
        _watching = null;
    }

    /// <summary>The call has failed, its changes may not be stored: the next one reads what is.</summary>
    protected override Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e)
    {
        Forget();
        return Task.CompletedTask;
    }

    protected override void Forget()
    {
        _book = null;
        _ledger = null;
    }

    private async Task<AccountBook> BookAsync()
    {
        var book = _book ?? await ReadAsync();
        if (await ReadSettingsAsync() is { } settings && settings != book.State.Settings)
            book.Configure(settings, Now);
        return book;
    }

    /// <summary>Of an account that nobody configures; null for one that is told what it enforces.</summary>
    private async ValueTask<AccountSettings?> ReadSettingsAsync() =>
        _isRule ? await rules.OfAsync(Id.GetId()) : _isProvider ? ProviderSettings.Of(catalog.Current, Id.GetId()) : null;

    private async Task<AccountBook> ReadAsync()
    {
        var head = await StateManager.TryGetStateAsync<AccountState>(Head);
        var book = new AccountBook(Id.GetId(), head.HasValue ? head.Value : new AccountState(), options);
        book.AddMissingRates(Now);
        var told = new Dictionary<string, long>(book.State.Refused);
        _refused = new RefusedNotices(Id.GetId(), told, refused => announcer.Announce(AccountsOf(book), refused), time, RefusedNotices.Interval);
        return _book = book;
    }

    private async Task CommitAsync(AccountBook book)
    {
        await StateManager.SetStateAsync(Head, book.State);
        await Ledger.StageAsync();
        await StateManager.SaveStateAsync();
        await Ledger.WrittenAsync(book.State.Events);
        SendWarnings(book);
        if (metrics.WatchesBudgets)
            metrics.Standing(Id.GetId(), book.Status(Now).Budget);
    }

    /// <summary>Another replica may have it next.</summary>
    protected override Task OnDeactivateAsync()
    {
        metrics.Standing(Id.GetId(), null);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Beside the turn, which does not wait for the broker. What is written is sent until the broker has it: after a crash by the reminder, or by whatever
    /// call comes first.
    /// </summary>
    private void SendWarnings(AccountBook book)
    {
        if (book.State.Warnings.Count == 0)
            return;
        announcer.Announce(AccountsOf(book), [.. book.State.Warnings]);
        _warning ??= RemindAsync(Warn, WarnAgainAfter, () => _warning = null);
    }

    private string[] AccountsOf(AccountBook book) => [Id.GetId(), .. book.State.Settings.Groups ?? []];

    private void Sweep(AccountBook book)
    {
        var released = book.Sweep(Now);
        if (released == 0)
            return;
        metrics.Unsettled();
        Log.Unsettled(Logger, Id.GetId(), released);
    }

    /// <summary>
    /// Once for each life of this object, beside the turn that began it: reminders need Dapr's scheduler, and no lease waits for that, or fails
    /// because it is away. Until the reminder is there, whichever call comes next sweeps.
    /// </summary>
    private async Task RemindAsync(string reminder, TimeSpan period, Action failed)
    {
        try
        {
            await RegisterReminderAsync(reminder, [], period, period);
        }
        catch (Exception e)
        {
            Log.NotWatched(Logger, Id.GetId(), e.Message);
            await Task.Delay(WatchAgainAfter);
            failed();
        }
    }
}
