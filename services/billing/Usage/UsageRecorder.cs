using System.Collections.Concurrent;
using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Usage;

/// <summary>
/// Brings an event to every account that settles by it. Each step can be repeated: whatever fails, the next delivery of the event completes.
/// </summary>
internal sealed class UsageRecorder(IActorProxyFactory actors)
{
    /// <summary>What the index is known to have, so that it is not asked for each event.</summary>
    private readonly ConcurrentDictionary<(DateOnly Day, string Account), bool> _indexed = new();
    private const int MaxIndexed = 100_000;

    /// <summary>Emptying it costs a smaller batch once: an inbox in use goes on by itself.</summary>
    private readonly ConcurrentDictionary<string, AccountInbox> _inboxes = new(StringComparer.Ordinal);
    private const int MaxInboxes = 10_000;

    public async Task RecordAsync(UsageEvent e)
    {
        var day = BudgetCalendar.Day(e.Time);
        var accounts = e.Accounts is { Count: > 0 } given ? given.Contains(e.KeyId) ? given : [e.KeyId, .. given] : [e.KeyId];
        foreach (var account in accounts.Distinct(StringComparer.Ordinal))
        {
            // Before the account: an account in the index without usage is only looked at in vain, one missing from it would be missed.
            await IndexAsync(day, account);
            await Inbox(account).AddAsync(e);
        }
    }

    private AccountInbox Inbox(string account)
    {
        if (_inboxes.Count >= MaxInboxes)
            _inboxes.Clear();
        return _inboxes.GetOrAdd(account, id => new AccountInbox(actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account)));
    }

    public IUsageIndexActor Index(DateOnly day) =>
        actors.CreateActorProxy<IUsageIndexActor>(new ActorId(day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ActorTypes.UsageIndex);

    private async Task IndexAsync(DateOnly day, string account)
    {
        if (_indexed.ContainsKey((day, account)))
            return;
        await Index(day).AddAsync(account);
        if (_indexed.Count >= MaxIndexed)
            _indexed.Clear();
        _indexed[(day, account)] = true;
    }
}
