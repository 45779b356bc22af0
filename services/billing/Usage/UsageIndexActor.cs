using Dapr.Actors.Runtime;

namespace Gateway.Billing.Usage;

internal sealed class UsageIndexActor(ActorHost host, SidecarStarts starts) : PlacedActor(host, starts), IUsageIndexActor
{
    private PagedList Accounts => new(StateManager, "accounts");

    public async Task AddAsync(string accountId)
    {
        if (await StateManager.TryAddStateAsync(StateKey.Of("has:", accountId), true))
            await Accounts.AppendAsync(accountId);
    }

    public async Task<IndexPage> ListAsync(IndexQuery query) => new() { Accounts = await Accounts.ReadAsync(query.After, query.Limit) };
}
