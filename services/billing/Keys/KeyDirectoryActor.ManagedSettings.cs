using System.Text;
using System.Text.Json.Nodes;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.ManagedSettings;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>
/// Managed settings of Claude Code. State keys: <c>settings:{whose}</c>, <c>settings-index</c>. In the key store a document comes before the index that
/// names it, and that before the version by which ingress sees a change: it reads nothing that is half there.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    /// <summary>An ingress holds all of them, in memory and in a file.</summary>
    internal const int MaxDocuments = 10_000;
    internal const long MaxDocumentBytes = 16 * 1024 * 1024;
    private const string SettingsPrefix = "settings:";
    private const string SettingsIndexKey = "settings-index";

    public async Task<ManagedSettingsResult> GetSettingsAsync(ManagedSettingsCommand command) => new()
    {
        Found = await IsSettingsScopeAsync(command.Id),
        Entry = await FindSettingsAsync(command.Id),
    };

    public async Task<ManagedSettingsResult> GetEffectiveSettingsAsync(ManagedSettingsCommand command)
    {
        if (await LayersAsync(command.Id) is not { } layers)
            return new();
        var documents = new List<ManagedSettingsEntry>();
        foreach (var layer in layers)
        {
            if (await FindSettingsAsync(layer) is { } document)
                documents.Add(document);
        }

        await StateManager.ClearCacheAsync();
        if (documents.Count == 0)
            return new() { Found = true, From = [] };
        var settings = SettingsMerge.Of(documents.Select(d => JsonNode.Parse(d.Text)!.AsObject()));
        return new()
        {
            Found = true,
            From = [.. documents.Select(d => d.Id)],
            Entry = new() { Id = command.Id, Text = settings.ToJsonString(), Checksum = SettingsChecksum.Of(settings) },
        };
    }

    public async Task<ManagedSettingsResult> SetSettingsAsync(ManagedSettingsCommand command)
    {
        await FinishAsync();
        if (!await IsSettingsScopeAsync(command.Id))
            return new();
        var before = await FindSettingsAsync(command.Id);
        if (command.Body is null)
            return before is null ? new() { Found = true } : await ChangeSettingsAsync(before, null, command.By);
        if ((AccountIds.IsGroup(command.Id) && (await FindGroupAsync(command.Id))!.Group.DeletedAt is not null)
            || (AccountIds.IsUser(command.Id) && (await FindAsync(command.Id))!.Record.RevokedAt is not null))
            return new() { Found = true, Conflict = "It has been deleted." };
        if (ManagedSettingsRules.Read(command.Body, out var errors) is not { } document)
            return new() { Found = true, Errors = errors };
        var checksum = SettingsChecksum.Of(document.Settings);
        if (before?.Checksum == checksum)
            return new() { Found = true, Entry = before };
        var entry = new ManagedSettingsEntry
        {
            Id = command.Id,
            Text = document.Text,
            Checksum = checksum,
            CreatedAt = before?.CreatedAt ?? Now,
            UpdatedAt = Now,
        };
        return await ChangeSettingsAsync(before, entry, command.By);
    }

    private async Task<ManagedSettingsResult> ChangeSettingsAsync(ManagedSettingsEntry? before, ManagedSettingsEntry? after, AdminCaller by)
    {
        var id = (after ?? before)!.Id;
        var index = await SettingsIndexAsync();
        var documents = new Dictionary<string, string>(index.Documents);
        documents.Remove(id);
        if (after is not null)
            documents[id] = after.Checksum;
        var bytes = index.Bytes - SizeOf(before) + SizeOf(after);
        if (after is not null && (documents.Count > MaxDocuments || bytes > MaxDocumentBytes))
            return new()
            {
                Found = true,
                Conflict = $"There are {index.Documents.Count} documents of {index.Bytes} bytes; {MaxDocuments} of {MaxDocumentBytes} are the most. "
                    + "Say in a wider one what they have in common.",
            };
        if (after is null)
            await StateManager.TryRemoveStateAsync(SettingsKey(id));
        else
            await StateManager.SetStateAsync(SettingsKey(id), after);
        await StateManager.SetStateAsync(SettingsIndexKey, new SettingsIndex { Version = index.Version + 1, Documents = documents, Bytes = bytes });
        var change = after is null ? "removed" : "set";
        var audit = await AuditAsync(by, "managed_settings." + change, id, Shown(before), Shown(after));
        await HandOnAsync([new PendingChange { Id = SettingsPrefix + id, Change = change, Time = Now, Audit = audit }]);
        return new() { Found = true, Entry = after };

        static ManagedSettingsView? Shown(ManagedSettingsEntry? entry) => entry is null ? null : ManagedSettingsView.Of(entry);
    }

    private static int SizeOf(ManagedSettingsEntry? entry) => entry is null ? 0 : Encoding.UTF8.GetByteCount(entry.Text);

    private async Task StoreAsync(string id, ManagedSettingsEntry? entry, SettingsIndex index)
    {
        if (entry is null)
            await dapr.DeleteStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfSettings(id));
        else
            await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.OfSettings(id), new SettingsDocument { Id = id, Text = entry.Text });
        await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.SettingsIndex, index);
        await dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.SettingsVersion, index.Version);
    }

    private async Task<bool> IsSettingsScopeAsync(string id) =>
        id == SettingsDocument.Everybody
        || (AccountIds.IsGroup(id) && await FindGroupAsync(id) is not null) || (AccountIds.IsUser(id) && await FindAsync(id) is not null);

    /// <summary>Whose documents hold for it, from the widest; null: there is no such team, organisation or key.</summary>
    private async Task<IReadOnlyList<string>?> LayersAsync(string id)
    {
        if (id == SettingsDocument.Everybody)
            return [id];
        if (!AccountIds.IsGroup(id))
            return await FindAsync(id) is { } key ? [SettingsDocument.Everybody, .. key.Record.Accounts!.Where(IsLayer).Reverse()] : null;
        if (await FindGroupAsync(id) is not { } group)
            return null;
        return group.Group.Parent is { } parent ? [SettingsDocument.Everybody, parent, id] : [SettingsDocument.Everybody, id];
    }

    private static bool IsLayer(string account) => AccountIds.IsGroup(account) || AccountIds.IsUser(account);

    private static string SettingsKey(string id) => StateKey.Of(SettingsPrefix, id);

    private async Task<ManagedSettingsEntry?> FindSettingsAsync(string id)
    {
        var entry = await StateManager.TryGetStateAsync<ManagedSettingsEntry>(SettingsKey(id));
        return entry.HasValue ? entry.Value : null;
    }

    private async Task<SettingsIndex> SettingsIndexAsync()
    {
        var index = await StateManager.TryGetStateAsync<SettingsIndex>(SettingsIndexKey);
        return index.HasValue ? index.Value : new();
    }
}
