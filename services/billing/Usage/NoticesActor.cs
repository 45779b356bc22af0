using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Gateway.Billing.Accounts;

namespace Gateway.Billing.Usage;

/// <summary>
/// State keys: <c>count</c>; <c>notices:{page}</c>, a few to a page; <c>first</c>, the number of the first that is kept; <c>recent</c>, the ids of the last
/// ones. What is older than <c>GATEWAY_RETENTION_DAYS</c> goes when others come.
/// </summary>
internal sealed class NoticesActor(ActorHost host, SidecarStarts starts, AccountOptions options, TimeProvider time) : PlacedActor(host, starts), INoticesActor
{
    private const int PerPage = 16;

    /// <summary>One that is said again follows its first time closely; of what is said again much later, readers know the id.</summary>
    private const int MaxRecent = 256;

    /// <summary>More than come in, so that a backlog goes.</summary>
    private const int MostDropped = 2;

    public static ActorId ActorId { get; } = new("all");

    public async Task AddAsync(Notice notice)
    {
        var stored = await StateManager.TryGetStateAsync<List<string>>("recent");
        var recent = stored.HasValue ? stored.Value : [];
        if (recent.Contains(notice.Id))
            return;
        recent.Add(notice.Id);
        if (recent.Count > MaxRecent)
            recent.RemoveAt(0);
        var number = await NumberAsync("count") + 1;
        var page = await PageAsync(number);
        page.Add(notice);
        await StateManager.SetStateAsync("recent", recent);
        await StateManager.SetStateAsync(PageKey(number), page);
        await StateManager.SetStateAsync("count", number);
        if (page.Count == 1)
            await DropAsync(number);
        await StateManager.SaveStateAsync();
        if (page.Count == PerPage)
            await StateManager.ClearCacheAsync();
    }

    public async Task<NoticePage> ReadAsync(IndexQuery query)
    {
        var after = Math.Max(query.After, await FirstAsync() - 1);
        var last = Math.Min(await NumberAsync("count"), after + query.Limit);
        var notices = new List<Notice>();
        while (after + notices.Count < last)
        {
            var number = after + notices.Count + 1;
            notices.AddRange((await PageAsync(number)).Skip((int)((number - 1) % PerPage)).Take((int)(last - number + 1)));
        }

        await StateManager.ClearCacheAsync();
        return new() { After = after, Notices = notices };
    }

    public async Task<long> FindAsync(DateTimeOffset time)
    {
        var (low, high) = (await FirstAsync(), await NumberAsync("count") + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if ((await PageAsync(middle))[(int)((middle - 1) % PerPage)].Time < time)
                low = middle + 1;
            else
                high = middle;
        }

        await StateManager.ClearCacheAsync();
        return low - 1;
    }

    private async Task DropAsync(long last)
    {
        var first = await FirstAsync();
        if (first == last)
            return;
        // As seen from one that came a page before: a clock that goes wrong has to do so for a whole page before anything goes by it.
        var (now, recent) = (time.GetUtcNow(), (await PageAsync(last - 1))[0].Time);
        var over = (recent < now ? recent : now).AddDays(-options.RetentionDays);
        for (var i = 0; i < MostDropped && first + PerPage <= last && (await PageAsync(first))[^1].Time < over; i++)
        {
            await StateManager.TryRemoveStateAsync(PageKey(first));
            await StateManager.SetStateAsync("first", first += PerPage);
        }
    }

    private async Task<long> FirstAsync() => Math.Max(1, await NumberAsync("first"));

    private async Task<long> NumberAsync(string name)
    {
        var number = await StateManager.TryGetStateAsync<long>(name);
        return number.HasValue ? number.Value : 0;
    }

    private async Task<List<Notice>> PageAsync(long number)
    {
        var page = await StateManager.TryGetStateAsync<List<Notice>>(PageKey(number));
        return page.HasValue ? page.Value : [];
    }

    private static string PageKey(long number) => string.Create(CultureInfo.InvariantCulture, $"notices:{(number - 1) / PerPage}");
}
