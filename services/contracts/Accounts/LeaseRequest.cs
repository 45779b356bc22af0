using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>Asks for a lease, or for more of it; see <see cref="IAccountActor"/> for the protocol.</summary>
public sealed record LeaseRequest
{
    /// <summary>One per holder and process start, the same in every account: the holder's instance id.</summary>
    public required string LeaseId { get; init; }

    /// <summary>
    /// Counts the holder's calls to this account from 1; calls are made one after the other. A call that is repeated because its answer
    /// was lost carries the same number and gets the same answer, so nothing is debited twice.
    /// </summary>
    public required long Sequence { get; init; }

    /// <summary>What waiting requests cannot do without: granted whole or refused. All 0 keeps the lease alive.</summary>
    public Allowance Need { get; init; }

    /// <summary>What the holder would like over and above the need; the account gives a share of what it has.</summary>
    public Allowance Want { get; init; }

    /// <summary>
    /// Given back before the need is looked at (slots are not: see <see cref="Slots"/>). Tokens may be negative: used beyond the estimate. The
    /// bucket then goes into debt and pays it off before it grants again.
    /// </summary>
    public Allowance Return { get; init; }

    /// <summary>
    /// What requests have cost that were admitted since the account last said <see cref="LeaseGrant.Opened"/> and are over: all of it, settled or
    /// not. Should the holder die, so much stays held for the events that are on their way.
    /// </summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Finished { get; init; }

    /// <summary>Requests that were refused since the last call, by reason; null: none.</summary>
    public IReadOnlyDictionary<string, long>? Refused { get; init; }

    /// <summary>
    /// The slots the holder keeps, in use or free, before what it asks for here. An absolute number, so that a lease that had expired is taken
    /// up again with the requests that are still running.
    /// </summary>
    public int Slots { get; init; }
}
