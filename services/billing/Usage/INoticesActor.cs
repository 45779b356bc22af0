using Dapr.Actors;

namespace Gateway.Billing.Usage;

/// <summary>The events that are not of usage, in one order, for whoever reads the feed.</summary>
public interface INoticesActor : IActor
{
    /// <summary>Puts it at the end; once, if it is said again soon.</summary>
    Task AddAsync(Notice notice);

    Task<NoticePage> ReadAsync(IndexQuery query);

    /// <summary>The number of the last notice before this time.</summary>
    Task<long> FindAsync(DateTimeOffset time);
}
