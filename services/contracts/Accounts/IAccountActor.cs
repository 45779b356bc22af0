using Dapr.Actors;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>
/// One account: a key's, a team's or an organisation's. Turn-based, so its arithmetic is exact however many holders ask at once.
/// <para>
/// <b>The lease protocol.</b> A holder (an ingress instance) has one lease in each account its requests need, all under the same lease id.
/// The account debits what it grants before it answers; the holder admits requests from what it has been granted, without a call.
/// </para>
/// <list type="number">
/// <item><b>Ask.</b> <see cref="AcquireLeaseAsync"/> opens the lease, keeps it alive and asks for more, all in one: what comes back
/// (<c>return</c>), what is needed now (<c>need</c>, whole or refused), what would be nice on top (<c>want</c>, a share of what is left). A
/// request that does not fit in the slice at hand asks with its own amounts as <c>need</c>; that is all there is to a single reservation.
/// A refused need changes nothing but that the return is taken and the lease kept alive. Calls are numbered; one that got no answer is
/// repeated with the same number and content until it does.</item>
/// <item><b>Admit.</b> A request takes 1 request, 1 slot, its estimated input, its expected output and its reserved money from what the
/// holder has, in every account or in none. Rates: a need above a whole minute's worth counts as that, so the largest request passes when the
/// bucket is full. Money: in the budget's currency; strict reserves the most it can cost, soft the expected cost, neither more than
/// <see cref="KeyBudget.MaxReservation"/>.</item>
/// <item><b>Finish.</b> The slot and the difference of tokens go back to what the holder has; of the money, the reservation less the real
/// cost does. The cost itself stays held in the account until the usage event arrives: <see cref="RecordUsageAsync"/> with the event's
/// <c>lease_id</c> moves it from held to spent. So spent and held together never dip below the truth, and
/// <c>granted = returned + free at the holder + reserved by running requests + settled or on its way</c>.</item>
/// <item><b>Keep alive.</b> Each call starts the lifetime anew; call at least three times a lifetime while anything runs. After it ends the
/// holder admits nothing until a call succeeds, and the account frees the lease's slots. Its money stays held for the reservation's time to
/// live: events that come in that time settle as ever, a call takes the lease up again. What is left then is released and reported
/// as unsettled, but for what the holder has said requests had cost that were over (<see cref="LeaseRequest.Finished"/>): like all that a lease holds
/// that its holder has closed, that is the cost of events on their way, and stays held for a week, which is as long as the topic keeps them.
/// Rate tokens are not tracked: what a dead holder had comes back with the next minute.</item>
/// <item><b>Give back.</b> Idle holders return what they have free after a second or two, or at once when a grant says <c>recall</c>, and close
/// the lease with <see cref="ReturnLeaseAsync"/> when they stop or stay idle. A return that got no answer is repeated like any other call: money
/// in a return that was lost would stay held for as long as the lease is kept alive. The lease can be taken up again under the same id.</item>
/// </list>
/// </summary>
public interface IAccountActor : IActor
{
    /// <summary>Sets the limits and the budget; null members are no limit. Spend and held money stay.</summary>
    Task<AccountStatus> ConfigureAsync(AccountSettings settings);

    Task<LeaseGrant> AcquireLeaseAsync(LeaseRequest request);

    /// <summary>Closes the lease: all its requests are over. What it still holds is the cost of events on their way, and is kept for them.</summary>
    Task<AccountStatus> ReturnLeaseAsync(LeaseReturn request);

    /// <summary>
    /// Records events that arrived together, in one turn and one write: all of them or none. Each is counted once, however often and in
    /// whatever order it comes: by its number where it has one, else by <see cref="UsageEvent.SettlementKey"/>. Null: all of them are counted.
    /// </summary>
    Task<RecordedUsage?> RecordUsageAsync(UsageBatch batch);

    /// <summary>Whether the event of this number has been counted.</summary>
    Task<bool> HasCountedAsync(CountedQuery query);

    /// <summary>The broker has these warnings: they are not sent again.</summary>
    Task ForgetWarningsAsync(WarningsSent sent);

    Task<AccountStatus> GetStatusAsync();

    Task<AccountBalance> GetBalanceAsync();

    Task<AccountUsage> GetUsageAsync(UsageQuery query);

    /// <summary>For how many days an organisation keeps events; null: nothing is said.</summary>
    Task<int?> GetRetentionAsync();

    /// <summary>Lets go of some of what is older than the account keeps; true when there is more of it.</summary>
    Task<bool> PurgeAsync();

    /// <summary>Usage by origin, some of it at a time. Empty for groups, as the events are.</summary>
    Task<AccountFacts> GetFactsAsync(FactsQuery query);

    /// <summary>Empty for groups: the events stand in the keys' accounts.</summary>
    Task<EventPage> ListEventsAsync(EventQuery query);
}
