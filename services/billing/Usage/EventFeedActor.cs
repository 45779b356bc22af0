using System.Globalization;
using Dapr.Actors.Runtime;
using Gateway.Billing.Accounts;

namespace Gateway.Billing.Usage;

/// <summary>
/// State keys: <c>fed:{account}</c>, how many of its events stand here; the list <c>ranges</c>, each with the day it came. Both are written together. Ranges
/// that are older than <c>GATEWAY_RETENTION_DAYS</c> go when others come.
/// </summary>
internal sealed class EventFeedActor(ActorHost host, SidecarStarts starts, AccountOptions options, TimeProvider time)
    : PlacedActor(host, starts), IEventFeedActor
{
    private PagedList Ranges => new(StateManager, "ranges");

    public async Task AdvanceAsync(FeedAdvance advance)
    {
        var key = StateKey.Of("fed:", advance.Account);
        var fed = await StateManager.TryGetStateAsync<long>(key);
        var after = fed.HasValue ? fed.Value : 0;
        if (advance.Events > after)
        {
            var today = BudgetCalendar.Day(time.GetUtcNow());
            await Ranges.AppendAsync(string.Create(CultureInfo.InvariantCulture, $"{advance.Account} {after} {advance.Events} {today:yyyy-MM-dd}"));
            await Ranges.DropAsync((range, recent) => DayOf(range).AddDays(options.RetentionDays) < (DayOf(recent) < today ? DayOf(recent) : today));
            await StateManager.SetStateAsync(key, advance.Events);
            await StateManager.SaveStateAsync();
        }

        // Each save looks through all that is held, and there may be a hundred thousand keys.
        await StateManager.ClearCacheAsync();
    }

    public async Task<FeedPage> ReadAsync(IndexQuery query)
    {
        var after = Math.Max(query.After, await Ranges.FirstAsync() - 1);
        var ranges = await Ranges.ReadAsync(after, query.Limit);
        await StateManager.ClearCacheAsync();
        return new() { After = after, Ranges = [.. ranges.Select(Of)] };
    }

    public async Task<long> FindAsync(DateOnly day)
    {
        var (low, high) = (await Ranges.FirstAsync(), await Ranges.CountAsync() + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (DayOf((await Ranges.ReadAsync(middle - 1, 1))[0]) < day)
                low = middle + 1;
            else
                high = middle;
        }

        await StateManager.ClearCacheAsync();
        return low - 1;
    }

    private static FeedRange Of(string range)
    {
        var parts = range.Split(' ');
        var (after, to) = (long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        return new() { Account = parts[0], After = after, To = to };
    }

    /// <summary>Builds of before the day was written are of that day.</summary>
    private static DateOnly DayOf(string range) =>
        range.Split(' ') is [_, _, _, var day] ? DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture) : new DateOnly(2026, 11, 29);
}
