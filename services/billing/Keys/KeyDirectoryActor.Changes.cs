using Dapr;
using Dapr.Actors;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>How a change reaches the account, ingress and whoever listens.</summary>
internal sealed partial class KeyDirectoryActor
{
    private const string Pending = "pending";
    private const string Finish = "finish";

    /// <summary>Of many keys that are made together, how many are handed on at the same time.</summary>
    private const int AtOnce = 16;
    private static readonly TimeSpan FinishInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestReminder = TimeSpan.FromSeconds(1);

    /// <summary>Takes up what could not be finished, without waiting for the next change.</summary>
    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (await FinishAsync())
            await UnregisterReminderAsync(Finish);
    }

    /// <param name="entry">The key as it is from now on.</param>
    /// <param name="before">As it was; null: it was not there.</param>
    /// <param name="change">What is done to it.</param>
    /// <param name="by">Who does it.</param>
    /// <param name="removed">Hashes that open nothing any more.</param>
    private async Task ChangeAsync(KeyEntry entry, KeyRecord? before, string change, AdminCaller by, IReadOnlyList<string>? removed = null)
    {
        // Values whose overlap is over are cleared away when the key is next touched.
        var over = entry.Hashes.Where(h => h.ValidUntil <= Now).Select(h => h.Hash).ToList();
        entry = entry with { Hashes = [.. entry.Hashes.Where(h => !over.Contains(h.Hash))] };
        await HandOnAsync([await ChangedAsync(entry, before, change, by) with { Removed = [.. removed ?? [], .. over] }]);
    }

    /// <summary>Sets the entry and its audit event; the caller hands the change on.</summary>
    private async Task<PendingChange> ChangedAsync(KeyEntry entry, KeyRecord? before, string change, AdminCaller by)
    {
        var record = entry.Record;
        await StateManager.SetStateAsync(KeyKey(record.Id), entry);
        var audit = await AuditAsync(by, "key." + change, record.Id, before is null ? null : KeyView.Of(before), KeyView.Of(record));
        return new PendingChange { Id = record.Id, Change = change, Time = Now, Audit = audit };
    }

    /// <summary>Saves what has been set so far together with the mark of what is still to be done, then does it.</summary>
    private async Task HandOnAsync(IReadOnlyList<PendingChange> changes)
    {
        await StateManager.SetStateAsync<List<PendingChange>>(Pending, [.. await PendingAsync(), .. changes]);
        await StateManager.SaveStateAsync();
        try
        {
            if (await FinishAsync())
                return;
        }
        catch (Exception)
        {
            await RemindAsync();
            throw;
        }

        await RemindAsync();
    }

    /// <summary>Dapr's scheduler may be away, too, and the change is made all the same: then the next change takes up what is pending.</summary>
    private async Task RemindAsync()
    {
        try
        {
            await RegisterReminderAsync(Finish, [], FinishInterval, FinishInterval).WaitAsync(LongestReminder);
        }
        catch (Exception e)
        {
            Log.NotReminded(Logger, e.Message);
        }
    }

    /// <summary>
    /// True when nothing is left to do. Accounts and the key store must take a change, or this throws; a broker that is down holds up its
    /// notice only.
    /// </summary>
    private async Task<bool> FinishAsync()
    {
        var pending = await PendingAsync();
        if (pending.Count == 0)
            return true;
        var rest = new List<PendingChange>();
        for (var done = 0; done < pending.Count;)
        {
            var steps = await NextStepsAsync(pending, done);
            done += steps.Count;
            rest.AddRange((await Task.WhenAll(steps.Select(step => step()))).OfType<PendingChange>());
        }

        await StateManager.SetStateAsync(Pending, rest);
        await StateManager.SaveStateAsync();
        // Each save looks through all that is held, and there may be a hundred thousand keys.
        await StateManager.ClearCacheAsync();
        return rest.Count == 0;
    }

    /// <summary>Some that can be done at the same time: of different keys and groups. The state is only read here, which is not for many at once.</summary>
    private async Task<List<Func<Task<PendingChange?>>>> NextStepsAsync(List<PendingChange> pending, int done)
    {
        var steps = new List<Func<Task<PendingChange?>>>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in pending.Skip(done).Take(AtOnce).TakeWhile(change => ids.Add(change.Id)))
        {
            var audit = await FindAuditAsync(change.Audit);
            if (AccountIds.IsGroup(change.Id))
            {
                var group = (await FindGroupAsync(change.Id))!.Group;
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(group), null));
            }
            else if (await FindAdminAsync(change.Id) is { } admin)
            {
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(admin), null));
            }
            else if (await FindAsync(change.Id) is { } entry)
            {
                steps.Add(() => FinishAsync(change, audit, () => StoreAsync(entry, change), entry.Record));
            }
            else
            {
                // A change that was made elsewhere: there is nothing but its event.
                steps.Add(() => FinishAsync(change with { Stored = true, Noticed = true }, audit, () => Task.CompletedTask, null));
            }
        }

        return steps;
    }

    /// <summary>Returns what is still to be done.</summary>
    private async Task<PendingChange?> FinishAsync(PendingChange change, AuditEvent? audit, Func<Task> store, KeyRecord? key)
    {
        if (!change.Stored)
            await store();
        change = change with { Stored = true };
        if (!change.Noticed && await PublishAsync(key!, change))
            change = change with { Noticed = true };
        if (audit is not null && await PublishAsync(Topics.Audit, EventTypes.AuditRecorded, audit, change.Id))
            change = change with { Audit = 0 };
        return change is { Noticed: true, Audit: 0 } ? null : change;
    }

    private async Task<List<PendingChange>> PendingAsync()
    {
        var pending = await StateManager.TryGetStateAsync<List<PendingChange>>(Pending);
        return pending.HasValue ? pending.Value : [];
    }

    /// <summary>The account first: a key must not be usable before its limits hold.</summary>
    private async Task StoreAsync(KeyEntry entry, PendingChange change)
    {
        var record = entry.Record;
        await ConfigureAsync(record.Id, new AccountSettings { Limits = record.Limits, Budget = record.Budget });
        foreach (var hash in entry.Hashes)
        {
            var expires = hash.ValidUntil is { } until && (record.ExpiresAt is null || until < record.ExpiresAt) ? until : record.ExpiresAt;
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash.Hash), record with { Prefix = hash.Prefix, ExpiresAt = expires });
        }

        foreach (var hash in change.Removed)
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash));
    }

    private async Task StoreAsync(GroupView group)
    {
        await ConfigureAsync(group.Id, SettingsOf(group).ToAccount());
        var record = new GroupRecord { Id = group.Id, PausedAt = group.PausedAt, ExpiresAt = group.ExpiresAt, DeletedAt = group.DeletedAt };
        var key = KeyStoreKeys.OfGroup(group.Id);
        if (record == new GroupRecord { Id = group.Id })
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, key);
        else
            await dapr.SaveStateAsync(ComponentNames.KeyStore, key, record);
    }

    private Task StoreAsync(AdminEntry admin) => dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfAdmin(admin.Hash), admin.Record);

    private Task<bool> PublishAsync(KeyRecord record, PendingChange change)
    {
        var notice = new KeyChanged { KeyId = record.Id, Time = change.Time, Change = change.Change, Key = record };
        return PublishAsync(Topics.Keys, EventTypes.KeyChanged, notice, record.Id);
    }

    private async Task<bool> PublishAsync<T>(string topic, string type, T notice, string id)
    {
        try
        {
            var metadata = new Dictionary<string, string> { ["cloudevent.type"] = type };
            await dapr.PublishEventAsync(ComponentNames.PubSub, topic, notice, metadata);
            return true;
        }
        catch (Exception e) when (e is DaprException or HttpRequestException)
        {
            Log.NoticeFailed(Logger, id, 1, e);
            return false;
        }
    }

    private Task<AccountStatus> ConfigureAsync(string accountId, AccountSettings settings) =>
        ProxyFactory.CreateActorProxy<IAccountActor>(new ActorId(accountId), ActorTypes.Account).ConfigureAsync(settings);
}
