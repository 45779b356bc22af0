using Dapr.Actors;

namespace Gateway.Billing.Usage;

/// <summary>One UTC day: which accounts have usage on it. Reports ask those accounts; nothing is counted here.</summary>
public interface IUsageIndexActor : IActor
{
    Task AddAsync(string accountId);

    Task<IndexPage> ListAsync(IndexQuery query);
}
