using System.Globalization;
using Dapr.Actors.Runtime;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Accounts;

/// <summary>
/// What an account stores of its events: which it has counted, the roll-ups of days, the same by origin, the events themselves in pages. What a turn
/// has changed is handed to the state manager once, before the turn's one write; what is not needed again leaves its cache after it. After a turn that
/// has failed the ledger is thrown away, and with it all that was not written.
/// </summary>
/// <param name="state">The account's.</param>
/// <param name="keepsEvents">Groups keep none.</param>
internal sealed class AccountLedger(IActorStateManager state, bool keepsEvents)
{
    /// <summary>A busy account writes one page for many events; a quiet one must not write much for each.</summary>
    public const int EventsPerPage = 16;

    /// <summary>
    /// A key settles by one source or a few; a sum by one and more for each of its keys, which come in any order: each that is not at hand is a read. A
    /// day is current, or a latecomer's.
    /// </summary>
    private const int MaxSources = 256;
    private const int MaxSourcesOfSum = 16_384;
    private const string Counted = "counted:";
    private const int MaxDays = 8;

    private readonly Dictionary<(string Source, string KeyId), CountedNumbers> _counted = [];
    private readonly CountedMarks _marks = new(state);
    private readonly Dictionary<DateOnly, List<UsageRow>> _days = [];
    private readonly HashSet<(string Source, string KeyId)> _changedSources = [];
    private readonly HashSet<DateOnly> _changedDays = [];
    private readonly List<(long Number, StoredEvents Page)> _changedPages = [];
    private readonly FactPages _facts = new(state);
    private readonly List<string> _seen = [];
    private (long Number, StoredEvents Page)? _lastPage;

    /// <summary>False when the event has been counted before; else it is, as this one of the account's events.</summary>
    public async ValueTask<bool> TryCountAsync(UsageEntry entry, long number)
    {
        var month = CountedMarks.MonthOf(entry.Row.Day);
        if (entry.Sequence is { } sequence)
        {
            var source = (entry.Source!, entry.SequenceKey!);
            if (!_counted.TryGetValue(source, out var numbers))
                _counted[source] = numbers = await state.GetOrAddStateAsync(CountedKey(source), new CountedNumbers());
            if (!new NumberSet(numbers.Bounds).Add(sequence))
                return false;
            if (numbers.Month < month)
            {
                numbers.Month = month;
                await _marks.AddAsync(month, CountedKey(source));
            }

            _changedSources.Add(source);
            return true;
        }

        var seen = StateKey.Of("seen:", entry.SettlementKey);
        if (!await state.TryAddStateAsync(seen, number))
            return false;
        _seen.Add(seen);
        await _marks.AddAsync(month, seen);
        return true;
    }

    /// <summary>Whether it has been, of an event that is not to be counted any more.</summary>
    public async ValueTask<bool> HasCountedAsync(UsageEntry entry) => entry.Sequence is { } sequence
        ? await HasCountedAsync(new CountedQuery { Source = entry.Source!, SequenceKey = entry.SequenceKey!, Sequence = sequence })
        : await state.ContainsStateAsync(StateKey.Of("seen:", entry.SettlementKey));

    public async ValueTask<bool> HasCountedAsync(CountedQuery query)
    {
        var source = (query.Source, query.SequenceKey);
        if (_counted.TryGetValue(source, out var known))
            return new NumberSet(known.Bounds).Contains(query.Sequence);
        var stored = await state.TryGetStateAsync<CountedNumbers>(CountedKey(source));
        return stored.HasValue && new NumberSet(stored.Value.Bounds).Contains(query.Sequence);
    }

    /// <summary>Adds an event to its day and its page.</summary>
    /// <param name="entry">The event, with its bytes if the account keeps them.</param>
    /// <param name="number">Which of the account's events it is.</param>
    public async ValueTask AddAsync(UsageEntry entry, long number)
    {
        var day = entry.Row.Day;
        if (!_days.TryGetValue(day, out var rows))
            _days[day] = rows = await state.GetOrAddStateAsync(DayKey(day), new List<UsageRow>());
        UsageRow.Add(rows, entry.Row);
        _changedDays.Add(day);
        if (!keepsEvents)
            return;
        if (entry.Origin is { } origin)
            await _facts.AddAsync(entry.Row, origin);
        (await PageAsync(number)).Add(entry.Event!.Value.Span);
    }

    /// <summary>Hands what has changed to the state manager.</summary>
    public async ValueTask StageAsync()
    {
        foreach (var source in _changedSources)
            await state.SetStateAsync(CountedKey(source), _counted[source]);
        await _marks.StageAsync();
        foreach (var day in _changedDays)
            await state.SetStateAsync(DayKey(day), _days[day]);
        await _facts.StageAsync();
        foreach (var (number, page) in _changedPages)
            await state.SetStateAsync(PageKey(number), page);
    }

    /// <summary>All of it is written: each further write looks through what the state manager still holds.</summary>
    /// <param name="events">How many events the account has.</param>
    public async ValueTask WrittenAsync(long events)
    {
        // A page that is full is done with.
        if (_lastPage is { } last && last.Number != PageOf(events + 1))
            _lastPage = null;
        await _marks.WrittenAsync();
        foreach (var seen in _seen)
            await state.UnloadStateAsync(seen);
        foreach (var (number, _) in _changedPages)
        {
            if (number != _lastPage?.Number)
                await state.UnloadStateAsync(PageKey(number));
        }

        await _facts.WrittenAsync();
        _seen.Clear();
        _changedSources.Clear();
        _changedDays.Clear();
        _changedPages.Clear();
        if (_counted.Count > (keepsEvents ? MaxSources : MaxSourcesOfSum) || _days.Count > MaxDays || _facts.Days > MaxDays)
            await ForgetAsync();
    }

    /// <summary>Between turns: the next one reads anew.</summary>
    public Task ForgetAsync()
    {
        _counted.Clear();
        _days.Clear();
        _facts.Forget();
        _lastPage = null;
        return state.ClearCacheAsync();
    }

    /// <summary>For a report: days gone by are not needed again, and what else is at hand is.</summary>
    public async Task<List<UsageRow>> ReadDayAsync(DateOnly day)
    {
        var rows = await DayAsync(day);
        if (!_days.ContainsKey(day))
            await state.UnloadStateAsync(DayKey(day));
        return rows;
    }

    public async Task<List<UsageRow>> DayAsync(DateOnly day)
    {
        var rows = await state.TryGetStateAsync<List<UsageRow>>(DayKey(day));
        return rows.HasValue ? rows.Value : [];
    }

    public Task<AccountFacts> FactsAsync(FactsQuery query, int enough) => _facts.ReadAsync(query, enough, DayAsync);

    /// <summary>The events of the page that the one of this number is on.</summary>
    public async Task<StoredEvents> EventsAsync(long number)
    {
        var page = await state.TryGetStateAsync<StoredEvents>(PageKey(PageOf(number)));
        return page.HasValue ? page.Value : new StoredEvents();
    }

    /// <summary>Takes the page with the event of this number away, where all of its events are of other days than these; null: it stays.</summary>
    /// <param name="number">Of the first event that is kept.</param>
    /// <param name="from">The first day that is kept.</param>
    /// <param name="to">The last day that can be: later ones are of a clock that goes wrong, if what came after them is old.</param>
    public async Task<IReadOnlyList<UsageEvent>?> TakePageAsync(long number, DateOnly from, DateOnly to)
    {
        var events = await EventsOfPageAsync(number);
        if (events.Any(e => BudgetCalendar.Day(e.Time) is var day && day >= from && day <= to))
            return null;
        if (!events.All(IsOld) && !(await EventsOfPageAsync(number + EventsPerPage)).Any(IsOld))
            return null;
        await state.TryRemoveStateAsync(PageKey(PageOf(number)));
        return events;

        bool IsOld(UsageEvent e) => BudgetCalendar.Day(e.Time) < from;
    }

    private async Task<IReadOnlyList<UsageEvent>> EventsOfPageAsync(long number) => new EventPage { Events = (await EventsAsync(number)).Json }.ReadEvents();

    /// <summary>Takes some of what the day has by origin away; true when it has no more.</summary>
    public Task<bool> TakeFactsAsync(DateOnly day) => _facts.TakeAsync(day);

    public async Task<List<UsageRow>> TakeDayAsync(DateOnly day)
    {
        var rows = await DayAsync(day);
        await state.TryRemoveStateAsync(DayKey(day));
        return rows;
    }

    /// <summary>Takes some marks of a month away that are not in use since; false when it has none.</summary>
    public async Task<bool> TakeMarksAsync(int month)
    {
        var marks = await _marks.TakeAsync(month);
        foreach (var mark in marks)
        {
            // A source that goes on stands in the list of a later month, too.
            if (mark.StartsWith(Counted, StringComparison.Ordinal)
                && await state.TryGetStateAsync<CountedNumbers>(mark) is { HasValue: true, Value.Month: var last } && last > month)
                continue;
            await state.TryRemoveStateAsync(mark);
        }

        return marks.Count > 0;
    }

    /// <summary>The page that the event of this number goes to, which is the last.</summary>
    private async ValueTask<StoredEvents> PageAsync(long number)
    {
        var page = PageOf(number);
        if (_lastPage is not { } last || last.Number != page)
        {
            // Nobody has written a page before its first event.
            var stored = (number - 1) % EventsPerPage == 0 ? default : await state.TryGetStateAsync<StoredEvents>(PageKey(page));
            _lastPage = last = (page, stored.HasValue ? stored.Value : new StoredEvents());
        }

        if (_changedPages.Count == 0 || _changedPages[^1].Number != page)
            _changedPages.Add(last);

        return last.Page;
    }

    private static long PageOf(long number) => (number - 1) / EventsPerPage;

    private static string PageKey(long page) => string.Create(CultureInfo.InvariantCulture, $"events:{page}");

    private static string DayKey(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"day:{day:yyyy-MM-dd}");

    /// <summary>The length in front tells where a source ends and a key begins, whatever is in them.</summary>
    private static string CountedKey((string Source, string KeyId) source) =>
        StateKey.Of(Counted, string.Create(CultureInfo.InvariantCulture, $"{source.Source.Length}:{source.Source}:{source.KeyId}"));
}
