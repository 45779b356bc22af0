using System.Globalization;
using Dapr.Actors.Runtime;

namespace Gateway.Billing;

/// <summary>
/// A list of ids in an actor's state that is appended to, in pages, so that neither an append nor a look at a part of it reads
/// or writes the whole; whole pages can go at its beginning. Numbers start at 1, and stay. The caller saves the state.
/// </summary>
internal sealed class PagedList(IActorStateManager state, string name)
{
    public const int PageSize = 200;

    /// <summary>More than come in, so that a backlog goes.</summary>
    private const int MostDropped = 2;

    public async Task<long> CountAsync()
    {
        var count = await state.TryGetStateAsync<long>(CountKey);
        return count.HasValue ? count.Value : 0;
    }

    /// <summary>Returns the new entry's number.</summary>
    public async Task<long> AppendAsync(string id)
    {
        var number = await CountAsync() + 1;
        var page = await PageAsync(number);
        page.Add(id);
        await state.SetStateAsync(PageKey(number), page);
        await state.SetStateAsync(CountKey, number);
        return number;
    }

    /// <summary>The number of the first entry that is kept.</summary>
    public async Task<long> FirstAsync()
    {
        var first = await state.TryGetStateAsync<long>(FirstKey);
        return first.HasValue ? first.Value : 1;
    }

    /// <summary>
    /// Once for each page that is begun, whether one or two of the oldest can go: their last entry is over, as seen from an entry that came a page before
    /// the last one. So a clock that goes wrong has to do so for a whole page before anything goes by it.
    /// </summary>
    public async Task DropAsync(Func<string, string, bool> isOver)
    {
        var count = await CountAsync();
        if (count % PageSize != 1)
            return;
        for (var i = 0; i < MostDropped && await FirstAsync() is var first && first + PageSize <= count; i++)
        {
            if (!isOver((await PageAsync(first))[^1], (await PageAsync(count - 1))[0]))
                return;
            await state.TryRemoveStateAsync(PageKey(first));
            await state.SetStateAsync(FirstKey, first + PageSize);
        }
    }

    /// <summary>Up to <paramref name="limit"/> ids after the one with number <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(long after, int limit)
    {
        var last = Math.Min(await CountAsync(), after + limit);
        var ids = new List<string>();
        while (after < last)
        {
            var page = await PageAsync(after + 1);
            var start = (int)(after % PageSize);
            var take = (int)Math.Min(last - after, page.Count - start);
            ids.AddRange(page.GetRange(start, take));
            after += take;
        }

        return ids;
    }

    /// <summary>Takes the last page away; empty when nothing was left.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync()
    {
        var count = await CountAsync();
        var page = count == 0 ? [] : await PageAsync(count);
        await state.TryRemoveStateAsync(PageKey(count));
        if (count > PageSize)
            await state.SetStateAsync(CountKey, (count - 1) / PageSize * PageSize);
        else
            await state.TryRemoveStateAsync(CountKey);
        return page;
    }

    /// <summary>Takes all of it away.</summary>
    public async Task ClearAsync()
    {
        for (var number = await CountAsync(); number > 0; number -= PageSize)
            await state.TryRemoveStateAsync(PageKey(number));
        await state.TryRemoveStateAsync(CountKey);
    }

    private string FirstKey => name + ":first";

    private string CountKey => name + ":count";

    private string PageKey(long number) => string.Create(CultureInfo.InvariantCulture, $"{name}:page:{(number - 1) / PageSize}");

    private async Task<List<string>> PageAsync(long number)
    {
        var page = await state.TryGetStateAsync<List<string>>(PageKey(number));
        return page.HasValue ? page.Value : [];
    }
}
