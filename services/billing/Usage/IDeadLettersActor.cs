using Dapr.Actors;
using Gateway.Contracts.Admin;

namespace Gateway.Billing.Usage;

/// <summary>Deliveries that could not be taken, until they are replayed.</summary>
public interface IDeadLettersActor : IActor
{
    /// <summary>Keeps the letter once, by its id.</summary>
    Task AddAsync(DeadLetter letter);

    Task<DeadLetterList> ListAsync(IndexQuery query);

    Task RemoveAsync(string id);
}
