using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Runtime;

namespace Gateway.Billing.Usage;

/// <summary>
/// State keys: the list <c>accounts</c>; <c>has:{id}</c>, that the list has it; <c>gone</c>, how many of it keep nothing of the day any more. When none does,
/// nothing is left here.
/// </summary>
internal sealed class UsageIndexActor(ActorHost host, SidecarStarts starts) : PlacedActor(host, starts), IUsageIndexActor
{
    private const string Gone = "gone";

    /// <summary>In place of a group: that of the groups themselves, which reports are not to look for among ten thousand keys. It is no group's id.</summary>
    public const string Groups = "groups";

    /// <param name="day">Which day's.</param>
    /// <param name="group">That of the group's keys; null: of all accounts.</param>
    public static ActorId IdOf(DateOnly day, string? group = null) =>
        new(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + (group is null ? "" : ":" + group));

    private PagedList Accounts => new(StateManager, "accounts");

    public async Task AddAsync(string accountId)
    {
        if (await StateManager.TryAddStateAsync(StateKey.Of("has:", accountId), true))
            await Accounts.AppendAsync(accountId);
    }

    public async Task RemoveAsync(string accountId)
    {
        if (await StateManager.TryRemoveStateAsync(StateKey.Of("has:", accountId)))
        {
            var gone = await StateManager.TryGetStateAsync<long>(Gone) is { HasValue: true, Value: var before } ? before + 1 : 1;
            if (gone < await Accounts.CountAsync())
            {
                await StateManager.SetStateAsync(Gone, gone);
            }
            else
            {
                await Accounts.ClearAsync();
                await StateManager.TryRemoveStateAsync(Gone);
            }
        }

        await StateManager.SaveStateAsync();
        await StateManager.ClearCacheAsync();
    }

    public async Task<bool> ClearAsync()
    {
        foreach (var account in await Accounts.TakeAsync())
            await StateManager.TryRemoveStateAsync(StateKey.Of("has:", account));
        var more = await Accounts.CountAsync() > 0;
        if (!more)
            await StateManager.TryRemoveStateAsync(Gone);
        await StateManager.SaveStateAsync();
        await StateManager.ClearCacheAsync();
        return more;
    }

    public async Task<IndexPage> ListAsync(IndexQuery query) => new() { Accounts = await Accounts.ReadAsync(query.After, query.Limit) };
}
