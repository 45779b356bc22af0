using System.Collections.Concurrent;
using System.Globalization;
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
    private readonly ConcurrentDictionary<(DateOnly Day, string Account), bool> _indexed = new();
    private const int MaxIndexed = 100_000;

    /// <summary>Emptying it costs a smaller batch once: an inbox in use goes on by itself.</summary>
    private readonly ConcurrentDictionary<string, AccountInbox> _inboxes = new(StringComparer.Ordinal);
    private const int MaxInboxes = 10_000;

    /// <summary>Completes when every account of the event has it for good, or fails with why one has not.</summary>
    public Task RecordAsync(UsageDelivery delivery)
    {
        var (accounts, key) = (delivery.Event.Accounts, delivery.Event.KeyId);
        return accounts is null || (accounts is [var only] && only == key)
            ? BringAsync(key, delivery)
            // An account that is named twice has it already.
            : Task.WhenAll(accounts.Append(key).Distinct(StringComparer.Ordinal).Select(account => BringAsync(account, delivery)));
    }

    public IUsageIndexActor Index(DateOnly day) =>
        actors.CreateActorProxy<IUsageIndexActor>(new ActorId(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ActorTypes.UsageIndex);

    private async Task BringAsync(string account, UsageDelivery delivery)
    {
        // Before the account: an account in the index without usage is only looked at in vain, one missing from it would be missed.
        await IndexAsync(delivery.Entry.Row.Day, account);
        await Inbox(account).AddAsync(delivery);
    }

    private AccountInbox Inbox(string account)
    {
        if (_inboxes.TryGetValue(account, out var known))
            return known;
        if (_inboxes.Count >= MaxInboxes)
            _inboxes.Clear();
        return _inboxes.GetOrAdd(account, id =>
        {
            var keepsEvents = !AccountIds.IsGroup(id);
            return new AccountInbox(
                actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account),
                keepsEvents,
                keepsEvents && feed.IsKept ? () => feed.AdvanceAsync(id) : null);
        });
    }

    private async ValueTask IndexAsync(DateOnly day, string account)
    {
        if (_indexed.ContainsKey((day, account)))
            return;
        await Index(day).AddAsync(account);
        if (_indexed.Count >= MaxIndexed)
            _indexed.Clear();
        _indexed[(day, account)] = true;
    }
}
