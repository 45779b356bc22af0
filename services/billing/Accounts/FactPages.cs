using System.Globalization;
using Dapr.Actors.Runtime;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>
/// A key's usage by origin. A user, a session or a tag may be in one event only, so a day may have as many facts as events: they stand in pages, and a
/// write has a small one of them. State keys: <c>facts:{day}</c>, the page that is open, where facts of the same origin add up; once it is full, it goes
/// into the last of the closed pages <c>facts:{day}:{page}</c>, where they add up again, or begins the next one. Closed pages but the last never change.
/// </summary>
internal sealed class FactPages(IActorStateManager state)
{
    /// <summary>Each event writes the open page.</summary>
    public const int MaxOpen = 16;

    /// <summary>Each open page that is full writes a closed one; a report reads them.</summary>
    public const int MaxClosed = 256;

    /// <summary>Pages that a turn takes away.</summary>
    private const int MaxTaken = 8;

    private readonly Dictionary<DateOnly, OpenFacts> _open = [];
    private readonly HashSet<DateOnly> _changed = [];
    private readonly Dictionary<(DateOnly Day, int Page), List<UsageFact>> _closed = [];

    /// <summary>Days that are at hand.</summary>
    public int Days => _open.Count;

    /// <param name="row">What the event adds to its day.</param>
    /// <param name="origin">What it says besides.</param>
    public async ValueTask AddAsync(UsageRow row, UsageOrigin origin)
    {
        var day = row.Day;
        if (!_open.TryGetValue(day, out var open))
            _open[day] = open = await OpenAsync(day);
        var fact = new UsageFact { Origin = origin, Model = row.Model, Provider = row.Provider, Currency = row.Currency, Sums = row.Sums with { } };
        _changed.Add(day);
        if (UsageFact.TryAdd(open.Facts, fact))
            return;
        if (open.Facts.Count >= MaxOpen)
            await CloseAsync(day, open);
        open.Facts.Add(fact);
    }

    public async ValueTask StageAsync()
    {
        foreach (var day in _changed)
            await state.SetStateAsync(OpenKey(day), _open[day]);
        foreach (var ((day, page), facts) in _closed)
            await state.SetStateAsync(PageKey(day, page), facts);
    }

    public async ValueTask WrittenAsync()
    {
        foreach (var (day, page) in _closed.Keys)
            await state.UnloadStateAsync(PageKey(day, page));
        _closed.Clear();
        _changed.Clear();
    }

    public void Forget() => _open.Clear();

    /// <summary>
    /// The facts of the query's days until there are enough for one answer. A day's first answer has all that may still change, so that what the later
    /// ones have is of the same moment.
    /// </summary>
    /// <param name="query">Its days are days that the account has.</param>
    /// <param name="enough">How many: one day, or one page, is read whole.</param>
    /// <param name="rows">A day's roll-up.</param>
    public async Task<AccountFacts> ReadAsync(FactsQuery query, int enough, Func<DateOnly, Task<List<UsageRow>>> rows)
    {
        var days = new List<DayFacts>();
        var read = 0;
        var (page, end) = (query.Page, query.End);
        for (var day = query.From; day <= query.To; day = day.AddDays(1))
        {
            var facts = new List<UsageFact>();
            List<UsageRow>? rollUp = null;
            if (end == 0)
            {
                rollUp = await rows(day);
                var open = await OpenAsync(day);
                facts.AddRange(open.Facts);
                if (open.Pages > 0)
                    facts.AddRange(await PageAsync(day, open.Pages - 1));
                (page, end) = (0, Math.Max(0, open.Pages - 1));
            }

            for (; page < end && read + facts.Count < enough; page++)
                facts.AddRange(await PageAsync(day, page));
            if (rollUp is not { Count: 0 })
                days.Add(new DayFacts { Day = day, Rows = rollUp, Facts = facts });
            read += facts.Count + (rollUp?.Count ?? 0);
            if (page < end)
                return new() { Days = days, Next = query with { From = day, Page = page, End = end } };
            (page, end) = (0, 0);
            if (read >= enough && day < query.To)
                return new() { Days = days, Next = new() { From = day.AddDays(1), To = query.To } };
        }

        return new() { Days = days };
    }

    /// <summary>Takes some of a day's pages away, the last first; true when it has no more.</summary>
    public async Task<bool> TakeAsync(DateOnly day)
    {
        var open = await OpenAsync(day);
        for (var taken = 0; open.Pages > 0; taken++)
        {
            if (taken == MaxTaken)
            {
                await state.SetStateAsync(OpenKey(day), open);
                return false;
            }

            await state.TryRemoveStateAsync(PageKey(day, --open.Pages));
        }

        await state.TryRemoveStateAsync(OpenKey(day));
        return true;
    }

    private async ValueTask CloseAsync(DateOnly day, OpenFacts open)
    {
        var number = Math.Max(0, open.Pages - 1);
        if (!_closed.TryGetValue((day, number), out var page))
            page = await PageAsync(day, number);
        foreach (var fact in open.Facts)
        {
            if (UsageFact.TryAdd(page, fact))
                continue;
            if (page.Count >= MaxClosed)
            {
                _closed[(day, number)] = page;
                (number, page) = (number + 1, []);
            }

            page.Add(fact);
        }

        _closed[(day, number)] = page;
        open.Pages = number + 1;
        open.Facts.Clear();
    }

    private async Task<OpenFacts> OpenAsync(DateOnly day)
    {
        var open = await state.TryGetStateAsync<OpenFacts>(OpenKey(day));
        return open.HasValue ? open.Value : new OpenFacts();
    }

    private async Task<List<UsageFact>> PageAsync(DateOnly day, int page)
    {
        var facts = await state.TryGetStateAsync<List<UsageFact>>(PageKey(day, page));
        return facts.HasValue ? facts.Value : [];
    }

    private static string OpenKey(DateOnly day) => string.Create(CultureInfo.InvariantCulture, $"facts:{day:yyyy-MM-dd}");

    private static string PageKey(DateOnly day, int page) => string.Create(CultureInfo.InvariantCulture, $"facts:{day:yyyy-MM-dd}:{page}");
}
