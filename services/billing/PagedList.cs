using System.Globalization;
using Dapr.Actors.Runtime;

namespace Gateway.Billing;

/// <summary>
/// A list of ids in an actor's state that is only ever appended to, in pages, so that neither an append nor a look at a part of it reads
/// or writes the whole. Numbers start at 1. The caller saves the state.
/// </summary>
internal sealed class PagedList(IActorStateManager state, string name)
{
    public const int PageSize = 200;

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

    private string CountKey => name + ":count";

    private string PageKey(long number) => string.Create(CultureInfo.InvariantCulture, $"{name}:page:{(number - 1) / PageSize}");

    private async Task<List<string>> PageAsync(long number)
    {
        var page = await state.TryGetStateAsync<List<string>>(PageKey(number));
        return page.HasValue ? page.Value : [];
    }
}
