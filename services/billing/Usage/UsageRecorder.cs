using System.Collections.Concurrent;
using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Usage;

/// <summary>
/// Brings events to every account that settles by them, those of one account together. Each step can be repeated: whatever fails, the next
/// delivery of the event completes.
/// </summary>
internal sealed class UsageRecorder(IActorProxyFactory actors)
{
    /// <summary>What the index is known to have, so that it is not asked for each event.</summary>
    private readonly ConcurrentDictionary<(DateOnly Day, string Account), bool> _indexed = new();
    private const int MaxIndexed = 100_000;

    /// <summary>Emptying it costs a smaller batch once: an inbox in use goes on by itself.</summary>
    private readonly ConcurrentDictionary<string, AccountInbox> _inboxes = new(StringComparer.Ordinal);
    private const int MaxInboxes = 10_000;

    /// <summary>Completes when each is recorded, or its failure says why not.</summary>
    public Task RecordAsync(List<UsageDelivery> deliveries)
    {
        var byAccount = new Dictionary<string, List<UsageDelivery>>(StringComparer.Ordinal);
        foreach (var delivery in deliveries)
        {
            var e = delivery.Event;
            var isOwnNamed = false;
            foreach (var account in e.Accounts ?? [])
            {
                // Null or blank is no account: that one fails, and nothing besides.
                Add(account ?? "", delivery);
                isOwnNamed |= account == e.KeyId;
            }

            if (!isOwnNamed)
                Add(e.KeyId, delivery);
        }

        return Task.WhenAll(byAccount.Select(a => BringAsync(a.Key, a.Value)));

        void Add(string account, UsageDelivery delivery)
        {
            if (!byAccount.TryGetValue(account, out var own))
                byAccount[account] = own = new List<UsageDelivery>(deliveries.Count);
            // An account that is named twice has it already.
            if (own.Count == 0 || own[^1] != delivery)
                own.Add(delivery);
        }
    }

    public IUsageIndexActor Index(DateOnly day) =>
        actors.CreateActorProxy<IUsageIndexActor>(new ActorId(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ActorTypes.UsageIndex);

    private async Task BringAsync(string account, List<UsageDelivery> deliveries)
    {
        try
        {
            var inbox = Inbox(account);
            // Before the account: an account in the index without usage is only looked at in vain, one missing from it would be missed.
            DateOnly? indexed = null;
            foreach (var delivery in deliveries)
            {
                var day = delivery.Entry.Row.Day;
                if (day == indexed)
                    continue;
                await IndexAsync(day, account);
                indexed = day;
            }

            await inbox.AddAsync(deliveries);
        }
        catch (Exception failure)
        {
            foreach (var delivery in deliveries)
                delivery.Failure ??= failure;
        }
    }

    private AccountInbox Inbox(string account)
    {
        if (_inboxes.TryGetValue(account, out var known))
            return known;
        if (_inboxes.Count >= MaxInboxes)
            _inboxes.Clear();
        return _inboxes.GetOrAdd(account, id =>
            new AccountInbox(actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account), keepsEvents: !AccountIds.IsGroup(id)));
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
