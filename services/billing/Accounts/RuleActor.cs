using Dapr.Actors.Runtime;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>State keys: the list <c>values</c>, and for each <c>has:{value}</c> and <c>of:{account}</c>, whose account it is.</summary>
internal sealed class RuleActor(ActorHost host, AccountOptions options, SidecarStarts starts) : PlacedActor(host, starts), IRuleActor
{
    private PagedList Values => new(StateManager, "values");

    public async Task<RuleAccount> FindAccountAsync(RuleValue value)
    {
        var own = new RuleAccount { AccountId = AccountIds.OfValue(Id.GetId(), value.Value) };
        var known = StateKey.Of("has:", value.Value);
        if (await StateManager.ContainsStateAsync(known))
            return own;
        if (await Values.CountAsync() >= options.RuleValues)
            return new() { AccountId = AccountIds.OfFurtherValues(Id.GetId()), IsShared = true };
        await StateManager.SetStateAsync(known, true);
        await StateManager.SetStateAsync(OfKey(own.AccountId), value.Value);
        await Values.AppendAsync(value.Value);
        await StateManager.SaveStateAsync();
        await StateManager.ClearCacheAsync();
        return own;
    }

    public async Task<RuleValue?> FindValueAsync(RuleAccountQuery query)
    {
        var value = await StateManager.TryGetStateAsync<string>(OfKey(query.AccountId));
        var found = value.HasValue ? value.Value : await FindOldAsync(query.AccountId);
        await StateManager.ClearCacheAsync();
        return found is null ? null : new() { Value = found };
    }

    public async Task<RuleValues> ListAsync(RuleValueQuery query)
    {
        var values = await Values.ReadAsync(query.After, query.Limit);
        var (count, next) = (await Values.CountAsync(), query.After + values.Count);
        return new() { Values = values, Next = next < count ? next : null, AreShared = count >= options.RuleValues };
    }

    /// <summary>Builds up to 2026-11-30 did not write whose account it is: each is looked for once.</summary>
    private async Task<string?> FindOldAsync(string accountId)
    {
        var all = await Values.ReadAsync(0, int.MaxValue);
        if (all.FirstOrDefault(value => AccountIds.OfValue(Id.GetId(), value) == accountId) is not { } found)
            return null;
        await StateManager.SetStateAsync(OfKey(accountId), found);
        await StateManager.SaveStateAsync();
        return found;
    }

    private static string OfKey(string accountId) => StateKey.Of("of:", accountId);
}
