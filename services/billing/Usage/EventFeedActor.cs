using System.Globalization;
using Dapr.Actors.Runtime;

namespace Gateway.Billing.Usage;

/// <summary>State keys: <c>fed:{account}</c>, how many of its events stand here; the list <c>ranges</c>. Both are written together.</summary>
internal sealed class EventFeedActor(ActorHost host, SidecarStarts starts) : PlacedActor(host, starts), IEventFeedActor
{
    private PagedList Ranges => new(StateManager, "ranges");

    public async Task AdvanceAsync(FeedAdvance advance)
    {
        var key = StateKey.Of("fed:", advance.Account);
        var fed = await StateManager.TryGetStateAsync<long>(key);
        var after = fed.HasValue ? fed.Value : 0;
        if (advance.Events > after)
        {
            await Ranges.AppendAsync(string.Create(CultureInfo.InvariantCulture, $"{advance.Account} {after} {advance.Events}"));
            await StateManager.SetStateAsync(key, advance.Events);
            await StateManager.SaveStateAsync();
        }

        // Each save looks through all that is held, and there may be a hundred thousand keys.
        await StateManager.ClearCacheAsync();
    }

    public async Task<FeedPage> ReadAsync(IndexQuery query)
    {
        var ranges = await Ranges.ReadAsync(query.After, query.Limit);
        await StateManager.ClearCacheAsync();
        return new() { Ranges = [.. ranges.Select(Of)] };
    }

    private static FeedRange Of(string range)
    {
        var parts = range.Split(' ');
        var (after, to) = (long.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture));
        return new() { Account = parts[0], After = after, To = to };
    }
}
