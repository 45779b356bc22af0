using Dapr.Actors;
using Gateway.Billing.Admin;

namespace Gateway.Billing.Usage;

/// <summary>Deliveries that could not be taken, until they are replayed or discarded.</summary>
public interface IDeadLettersActor : IActor
{
    /// <summary>Keeps the letter once, by its id.</summary>
    Task AddAsync(DeadLetter letter);

    Task<DeadLetterList> ListAsync(IndexQuery query);

    /// <summary>The letter with this id, in a list of one or none.</summary>
    Task<DeadLetterList> FindAsync(string id);

    /// <summary>Puts down why the letter has failed again; nothing when it is gone.</summary>
    Task ExplainAsync(DeadLetter letter);

    Task RemoveAsync(string id);
}
