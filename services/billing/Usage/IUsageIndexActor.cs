using Dapr.Actors;

namespace Gateway.Billing.Usage;

/// <summary>One UTC day: which accounts have usage on it. Reports ask those accounts; nothing is counted here.</summary>
public interface IUsageIndexActor : IActor
{
    Task AddAsync(string accountId);

    /// <summary>The account keeps nothing of this day any more.</summary>
    Task RemoveAsync(string accountId);

    /// <summary>Takes some of it away, because the group that it is of keeps nothing of this day any more; true when there is more.</summary>
    Task<bool> ClearAsync();

    Task<IndexPage> ListAsync(IndexQuery query);
}
