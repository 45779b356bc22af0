using System.Globalization;
using Dapr.Actors.Runtime;

namespace Gateway.Billing.Accounts;

/// <summary>
/// Which marks of counted events (<c>counted:…</c>, <c>seen:…</c>) an account has, by the month of the events, so that they are found when they are over.
/// State keys: <c>marks:{yyyyMM}</c>, how many; <c>marks:{yyyyMM}:{page}</c>, their names, a few to a page.
/// </summary>
internal sealed class CountedMarks(IActorStateManager state)
{
    public const int PerPage = 64;

    /// <summary>What this turn has changed: how many marks a month has, and its pages.</summary>
    private readonly Dictionary<int, long> _counts = [];
    private readonly Dictionary<(int Month, long Page), List<string>> _pages = [];

    public static int MonthOf(DateOnly day) => (day.Year * 100) + day.Month;

    public static int After(int month) => month % 100 == 12 ? month + 89 : month + 1;

    /// <summary>Puts a mark into the list of a month. Written with <see cref="StageAsync"/>.</summary>
    public async ValueTask AddAsync(int month, string mark)
    {
        if (!_counts.TryGetValue(month, out var count))
            count = await CountAsync(month);
        var page = (month, count / PerPage);
        if (!_pages.TryGetValue(page, out var marks))
            _pages[page] = marks = await ReadAsync(month, page.Item2);
        marks.Add(mark);
        _counts[month] = count + 1;
    }

    public async ValueTask StageAsync()
    {
        foreach (var (month, count) in _counts)
            await state.SetStateAsync(CountKey(month), count);
        foreach (var ((month, page), marks) in _pages)
            await state.SetStateAsync(PageKey(month, page), marks);
    }

    /// <summary>All of it is written: each further write looks through what the state manager still holds.</summary>
    public async ValueTask WrittenAsync()
    {
        foreach (var month in _counts.Keys)
            await state.UnloadStateAsync(CountKey(month));
        foreach (var (month, page) in _pages.Keys)
            await state.UnloadStateAsync(PageKey(month, page));
        _counts.Clear();
        _pages.Clear();
    }

    /// <summary>Takes the last page off a month's list; empty when there is none. The caller saves.</summary>
    public async Task<List<string>> TakeAsync(int month)
    {
        var count = await CountAsync(month);
        if (count == 0)
            return [];
        var page = (count - 1) / PerPage;
        var marks = await ReadAsync(month, page);
        await state.TryRemoveStateAsync(PageKey(month, page));
        if (page == 0)
            await state.TryRemoveStateAsync(CountKey(month));
        else
            await state.SetStateAsync(CountKey(month), page * PerPage);
        return marks;
    }

    private async Task<long> CountAsync(int month)
    {
        var count = await state.TryGetStateAsync<long>(CountKey(month));
        return count.HasValue ? count.Value : 0;
    }

    private async Task<List<string>> ReadAsync(int month, long page)
    {
        var marks = await state.TryGetStateAsync<List<string>>(PageKey(month, page));
        return marks.HasValue ? marks.Value : [];
    }

    private static string CountKey(int month) => string.Create(CultureInfo.InvariantCulture, $"marks:{month}");

    private static string PageKey(int month, long page) => string.Create(CultureInfo.InvariantCulture, $"marks:{month}:{page}");
}
