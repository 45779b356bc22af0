using Dapr.Actors;

namespace Gateway.Billing.Usage;

/// <summary>
/// The events of some keys (those whose ids share a remainder) in one order, for whoever reads all of them. It keeps none: a key's account has them, and here
/// stands which of them come next.
/// </summary>
public interface IEventFeedActor : IActor
{
    /// <summary>The account has so many events. Those that are new come to the end, once, however often this is said.</summary>
    Task AdvanceAsync(FeedAdvance advance);

    /// <summary>What follows the range of this number.</summary>
    Task<FeedPage> ReadAsync(IndexQuery query);

    /// <summary>The number of the last range that came before this day.</summary>
    Task<long> FindAsync(DateOnly day);
}
