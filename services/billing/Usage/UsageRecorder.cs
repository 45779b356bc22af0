using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Usage;

/// <summary>
/// Brings events to every account that settles by them; those of one account that are on their way at the same time go together. Each step can
/// be repeated: whatever fails, the next delivery of the event completes.
/// </summary>
internal sealed class UsageRecorder([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, EventFeed feed)
{
    /// <summary>What the index is known to have, so that it is not asked for each event.</summary>
    private readonly ConcurrentDictionary<(DateOnly Day, string? Group, string Account), bool> _indexed = new();
    private const int MaxIndexed = 100_000;

    /// <summary>Emptying it costs a smaller batch once: an inbox in use goes on by itself.</summary>
    private readonly ConcurrentDictionary<string, AccountInbox> _inboxes = new(StringComparer.Ordinal);
    private const int MaxInboxes = 10_000;

    /// <summary>
    /// The sum of what no organisation has gets what comes for all keys: without a wait it would take a turn for nearly each event. No longer than a key's own
    /// turn, which goes on meanwhile.
    /// </summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    /// <summary>Completes when every account of the event has it for good, or fails with why one has not.</summary>
    public async Task RecordAsync(UsageDelivery delivery)
    {
        if ((await RecordAsync([delivery]))[0] is { } failure)
            ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>For each event null when every account of it has it for good, else why one has not.</summary>
    public async Task<Exception?[]> RecordAsync(IReadOnlyList<UsageDelivery> deliveries)
    {
        var failures = new Exception?[deliveries.Count];
        await Task.WhenAll(ByAccount(deliveries).Select(account => BringAsync(account.Key, deliveries, account.Value, failures)));
        return failures;
    }

    /// <summary>The accounts that have usage on a day; of a group, its keys that have; of <see cref="UsageIndexActor.Groups"/>, the groups.</summary>
    public IUsageIndexActor Index(DateOnly day, string? group = null) =>
        actors.CreateActorProxy<IUsageIndexActor>(UsageIndexActor.IdOf(day, group), ActorTypes.UsageIndex);

    /// <summary>The accounts, and which of the deliveries settle by each.</summary>
    private static Dictionary<string, List<int>> ByAccount(IReadOnlyList<UsageDelivery> deliveries)
    {
        var accounts = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < deliveries.Count; i++)
        {
            var e = deliveries[i].Event;
            Add(e.KeyId, i);
            var hasOrganization = false;
            foreach (var account in e.Accounts ?? [])
            {
                Add(account, i);
                hasOrganization |= AccountIds.IsOrganization(account);
            }

            if (!hasOrganization)
                Add(AccountIds.NoOrganization, i);
        }

        return accounts;

        void Add(string account, int i)
        {
            ref var which = ref CollectionsMarshal.GetValueRefOrAddDefault(accounts, account, out _);
            which ??= [];
            // An account that is named twice has it already.
            if (which is not [.., var last] || last != i)
                which.Add(i);
        }
    }

    private async Task BringAsync(string account, IReadOnlyList<UsageDelivery> deliveries, List<int> which, Exception?[] failures)
    {
        var own = which.ConvertAll(i => deliveries[i]);
        Task[] brought;
        try
        {
            // Before the account: an account in the index without usage is only looked at in vain, one missing from it would be missed.
            foreach (var delivery in own)
            {
                foreach (var (list, id) in IndexedIn(account, delivery))
                    await IndexAsync(delivery.Entry.Row.Day, list, id);
            }

            brought = Inbox(account).Add(own);
        }
        catch (Exception failure)
        {
            which.ForEach(i => failures[i] = failure);
            return;
        }

        for (var i = 0; i < brought.Length; i++)
        {
            try
            {
                await OverAsync(brought[i], account, own[i]);
            }
            catch (TooOldException failure)
            {
                // Only where no other account has it yet to come: that is tried again, and this then found once more.
                Interlocked.CompareExchange(ref failures[which[i]], failure, null);
            }
            catch (Exception failure)
            {
                failures[which[i]] = failure;
            }
        }
    }

    /// <summary>Completes as the task does. An account that keeps nothing of the day any more goes out of its index again.</summary>
    private async Task OverAsync(Task brought, string account, UsageDelivery delivery)
    {
        try
        {
            await brought;
        }
        catch (TooOldException)
        {
            foreach (var (list, id) in IndexedIn(account, delivery))
                await UnindexAsync(delivery.Entry.Row.Day, list, id);
            throw;
        }
    }

    /// <summary>In which lists of the day what stands, so that the account, and of a group its keys, are found.</summary>
    private static IEnumerable<(string? Group, string Account)> IndexedIn(string account, UsageDelivery delivery)
    {
        // There is one of it, which needs no list.
        if (account == AccountIds.NoOrganization)
            yield break;
        yield return (null, account);
        if (!AccountIds.IsGroup(account))
            yield break;
        yield return (UsageIndexActor.Groups, account);
        yield return (account, delivery.Event.KeyId);
    }

    private AccountInbox Inbox(string account)
    {
        if (_inboxes.TryGetValue(account, out var known))
            return known;
        if (_inboxes.Count >= MaxInboxes)
            _inboxes.Clear();
        return _inboxes.GetOrAdd(account, id =>
        {
            var keepsEvents = !AccountIds.IsSum(id);
            return new AccountInbox(
                id,
                actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account),
                keepsEvents,
                keepsEvents && feed.IsKept ? () => feed.AdvanceAsync(id) : null,
                id == AccountIds.NoOrganization ? Gathering : null);
        });
    }

    private async ValueTask IndexAsync(DateOnly day, string? group, string account)
    {
        if (_indexed.ContainsKey((day, group, account)))
            return;
        await Index(day, group).AddAsync(account);
        if (_indexed.Count >= MaxIndexed)
            _indexed.Clear();
        _indexed[(day, group, account)] = true;
    }

    private async Task UnindexAsync(DateOnly day, string? group, string account)
    {
        await Index(day, group).RemoveAsync(account);
        _indexed.TryRemove((day, group, account), out _);
    }
}
