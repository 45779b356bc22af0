using System.Globalization;
using Dapr;
using Dapr.Actors;
using Gateway.Billing.Admin;
using Gateway.Billing.Usage;
using Gateway.Billing.Webhooks;
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
    private static readonly TimeSpan LongestWebhook = TimeSpan.FromSeconds(5);

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
        var user = entry.User;
        var action = user is null ? "key." + change : change == "revoked" ? "user.deleted" : "user." + change;
        var audit = user is null
            ? await AuditAsync(by, action, record.Id, before is null ? null : KeyView.Of(before), KeyView.Of(record))
            : await AuditAsync(by, action, record.Id, before is null ? null : UserView.Of(before, user), UserView.Of(record, user));
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
            else if (change.Id.StartsWith(SettingsPrefix, StringComparison.Ordinal))
            {
                var id = change.Id[SettingsPrefix.Length..];
                var (entry, index) = (await FindSettingsAsync(id), await SettingsIndexAsync());
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(id, entry, index), null));
            }
            else if (AccountIds.IsRule(change.Id))
            {
                var rules = await RulesAsync();
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(rules), null));
            }
            else if (AccessGroups.IsNamedBy(change.Id))
            {
                var access = await AccessAsync();
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(access), null));
            }
            else if (await FindAdminAsync(change.Id) is { } admin)
            {
                steps.Add(() => FinishAsync(change with { Noticed = true }, audit, () => StoreAsync(admin, change), null));
            }
            else if (await FindAnyWebhookAsync(change.Id) is { } webhook)
            {
                steps.Add(() => FinishWebhookAsync(change with { Noticed = true }, audit, webhook));
            }
            else if (await FindAsync(change.Id) is { } entry)
            {
                // The topic is of keys.
                var told = change with { Noticed = change.Noticed || entry.User is not null };
                steps.Add(() => FinishAsync(told, audit, () => StoreAsync(entry, change), entry.Record));
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
        if (audit is not null && await PublishAsync(
            Topics.Audit, EventTypes.AuditRecorded, audit, change.Id, string.Create(CultureInfo.InvariantCulture, $"audit/{audit.Number}"), audit.Time, null))
            change = change with { Audit = 0 };
        return change is { Noticed: true, Audit: 0 } ? null : change;
    }

    /// <summary>A webhook that does not take its change, since Dapr's scheduler is away, say, holds up no key's: it stays among what is pending.</summary>
    private async Task<PendingChange?> FinishWebhookAsync(PendingChange change, AuditEvent? audit, WebhookRecord webhook)
    {
        try
        {
            return await FinishAsync(change, audit, () => StoreAsync(webhook).WaitAsync(LongestWebhook), null);
        }
        catch (Exception e)
        {
            Log.WebhookNotTold(Logger, webhook.Id, e.Message);
            return change;
        }
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
        await ConfigureAsync(record.Id, new AccountSettings
        {
            Limits = record.Limits,
            Budget = record.Budget,
            Groups = record.Accounts?.Where(AccountIds.IsGroup).ToList(),
        });
        if (entry.User is { Identity: var identity })
        {
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfUser(record.Id), RecordOf(entry));
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfSubject(identity.Issuer, identity.Subject), record.Id);
        }

        foreach (var hash in entry.Hashes)
        {
            var stored = record with { Prefix = hash.Prefix, ExpiresAt = FirstOf(hash.ValidUntil, record.ExpiresAt) };
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash.Hash), stored);
        }

        foreach (var hash in change.Removed)
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash));
    }

    private async Task StoreAsync(GroupView group)
    {
        await ConfigureAsync(group.Id, SettingsOf(group).ToAccount());
        var record = new GroupRecord
        {
            Id = group.Id,
            PausedAt = group.PausedAt,
            ExpiresAt = group.ExpiresAt,
            DeletedAt = group.DeletedAt,
            Models = group.Models,
        };
        var key = KeyStoreKeys.OfGroup(group.Id);
        if (record == new GroupRecord { Id = group.Id })
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, key);
        else
            await dapr.SaveStateAsync(ComponentNames.KeyStore, key, record);
    }

    private async Task StoreAsync(AdminEntry admin, PendingChange change)
    {
        var record = admin.Record;
        await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfAdmin(admin.Hash), record);
        foreach (var hash in admin.Earlier)
        {
            var earlier = record with { Prefix = hash.Prefix, ExpiresAt = FirstOf(hash.ValidUntil, record.ExpiresAt) };
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfAdmin(hash.Hash), earlier);
        }

        foreach (var hash in change.Removed)
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfAdmin(hash));
    }

    private static DateTimeOffset? FirstOf(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;

    private Task<bool> PublishAsync(KeyRecord record, PendingChange change)
    {
        var notice = new KeyChanged { KeyId = record.Id, Time = change.Time, Change = change.Change, Key = record };
        var id = string.Create(CultureInfo.InvariantCulture, $"{record.Id}/{change.Change}/{change.Time:O}");
        return PublishAsync(Topics.Keys, EventTypes.KeyChanged, notice, record.Id, id, change.Time, record.Accounts ?? [record.Id]);
    }

    /// <param name="topic">Where it goes.</param>
    /// <param name="type">The CloudEvent's.</param>
    /// <param name="notice">What has happened.</param>
    /// <param name="target">What it has happened to, for the log.</param>
    /// <param name="id">The CloudEvent's: the same at each delivery.</param>
    /// <param name="time">When it was.</param>
    /// <param name="accounts">Whom it is about; null: everybody.</param>
    private async Task<bool> PublishAsync<T>(
        string topic, string type, T notice, string target, string id, DateTimeOffset time, IReadOnlyList<string>? accounts)
    {
        try
        {
            var metadata = new Dictionary<string, string> { ["cloudevent.type"] = type, ["cloudevent.id"] = id };
            if (feed.IsKept)
                await feed.KeepAsync(Notice.Of(id, type, time, accounts, notice));
            await dapr.PublishEventAsync(ComponentNames.PubSub, topic, notice, metadata);
            return true;
        }
        catch (Exception e) when (e is DaprException or HttpRequestException or OperationCanceledException)
        {
            Log.NoticeFailed(Logger, target, 1, e);
            return false;
        }
    }

    private Task<AccountStatus> ConfigureAsync(string accountId, AccountSettings settings) =>
        ProxyFactory.CreateActorProxy<IAccountActor>(new ActorId(accountId), ActorTypes.Account).ConfigureAsync(settings);
}
