using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Keys;

/// <summary>
/// State keys: <c>key:{id}</c> and <c>group:{id}</c> entries; the lists <c>keys</c>, <c>teams</c>, <c>orgs</c>; <c>pending</c>, the changes
/// that have not reached everybody. A change is first written here, in one transaction with its pending mark, then handed on; whatever a crash
/// leaves undone is done before the next change, at the latest when billing starts again.
/// </summary>
internal sealed partial class KeyDirectoryActor(ActorHost host, DaprClient dapr, CatalogSource catalog, TimeProvider time, SidecarStarts starts)
    : PlacedActor(host, starts), IKeyDirectoryActor, IRemindable
{
    public const string All = "all";
    private const int MaxPage = 1000;

    /// <summary>With a filter, how many keys are looked at for one page.</summary>
    private const int MaxLook = 2000;

    private PagedList Keys => new(StateManager, "keys");

    private DateTimeOffset Now => time.GetUtcNow();

    public static ActorId ActorId { get; } = new(All);

    public async Task<KeyResult> CreateKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (SettingsReader.Read<NewKeySettings>(command.Body ?? "{}", null, out var errors) is not { } settings)
            return new() { Errors = errors };
        errors = await CheckAsync(settings);
        if (settings.ExpiresAt <= Now)
            errors["expiresAt"] = ["In the future; null or nothing never expires."];
        var hasher = await HasherAsync();
        if (settings.Value is { } imported && (ImportedKey.MistakeIn(imported) ?? await TakenAsync(hasher.Hash(imported))) is { } mistake)
            errors["value"] = [mistake];
        if (errors.Count > 0)
            return new() { Errors = errors };

        var secret = settings.Value ?? GatewayKeys.NewKey();
        var entry = await AddAsync(GatewayKeys.NewId("key_"), settings, new KeyHash { Hash = hasher.Hash(secret), Prefix = GatewayKeys.ShownPart(secret) });
        await ChangeAsync(entry, "created");
        return new() { Key = entry.Record, Secret = secret };
    }

    public async Task<KeyResult> GetKeyAsync(KeyCommand command)
    {
        var key = (await FindAsync(command.Id))?.Record;
        await StateManager.ClearCacheAsync();
        return new() { Key = key };
    }

    public async Task<KeyPage> ListKeysAsync(ListQuery query)
    {
        long after = 0;
        if (query.After is { } last)
        {
            if (await FindAsync(last) is not { } entry)
                return new() { UnknownAfter = true };
            after = entry.Number;
        }

        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        var found = new List<KeyRecord>();
        string? seen = null;
        var more = true;
        for (var looked = 0; more && found.Count < limit && looked < MaxLook;)
        {
            var ids = await Keys.ReadAsync(after, Math.Min(limit - found.Count, MaxLook - looked));
            foreach (var id in ids)
            {
                var record = (await FindAsync(id))!.Record;
                if (query.Parent is null || record.TeamId == query.Parent)
                    found.Add(record);
                seen = id;
            }

            after += ids.Count;
            looked += ids.Count;
            more = after < await Keys.CountAsync();
        }

        // Pages of a long list are not needed twice.
        await StateManager.ClearCacheAsync();
        return new() { Keys = found, Next = more ? seen : null };
    }

    public async Task<KeyResult> UpdateKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return new() { Conflict = "The key has been revoked." };
        if (SettingsReader.Read(command.Body ?? "{}", SettingsOf(entry.Record), out var errors) is not { } settings)
            return new() { Errors = errors };
        errors = await CheckAsync(settings);
        if (errors.Count > 0)
            return new() { Errors = errors };

        entry = entry with { Record = await RecordAsync(entry.Record, settings) };
        await ChangeAsync(entry, "updated");
        return new() { Key = entry.Record };
    }

    public async Task<KeyResult> RotateKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return new() { Conflict = "The key has been revoked." };

        var hasher = await HasherAsync();
        var secret = GatewayKeys.NewKey();
        var until = Now.AddSeconds(command.OverlapSeconds);
        var before = command.OverlapSeconds == 0
            ? []
            : entry.Hashes.Select(h => h.ValidUntil < until ? h : h with { ValidUntil = until }).ToList();
        var removed = entry.Hashes.Where(h => before.TrueForAll(b => b.Hash != h.Hash)).Select(h => h.Hash).ToList();
        var hash = new KeyHash { Hash = hasher.Hash(secret), Prefix = GatewayKeys.ShownPart(secret) };
        entry = entry with { Record = entry.Record with { Prefix = hash.Prefix }, Hashes = [.. before, hash] };
        await ChangeAsync(entry, "rotated", removed);
        return new() { Key = entry.Record, Secret = secret, PreviousKeyExpiresAt = before.Count > 0 ? until : null };
    }

    /// <summary>The record stays, with the time of its end: so does the usage, and the answer to who had this key.</summary>
    public async Task<KeyResult> RevokeKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return new() { Key = entry.Record };
        entry = entry with { Record = entry.Record with { RevokedAt = Now } };
        await ChangeAsync(entry, "revoked");
        return new() { Key = entry.Record };
    }

    /// <summary>Whose a value is already, if anybody's; a revoked key keeps its own.</summary>
    private async Task<string?> TakenAsync(string hash)
    {
        if ((await dapr.GetStateAsync<GatewayIdentity?>(ComponentNames.KeyStore, KeyStoreKeys.Identity))?.AdminKeyHash == hash)
            return "It is the admin key, which opens everything. Send another.";
        return await dapr.GetStateAsync<KeyRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfHash(hash)) is { } owner
            ? $"It is the value of {owner.Id} already. Change that key, or send another value."
            : null;
    }

    private static string KeyKey(string id) => StateKey.Of("key:", id);

    private async Task<KeyEntry?> FindAsync(string? id)
    {
        if (id is null)
            return null;
        var entry = await StateManager.TryGetStateAsync<KeyEntry>(KeyKey(id));
        return entry.HasValue ? entry.Value : null;
    }

    private async Task<KeyEntry> AddAsync(string id, KeySettings settings, KeyHash hash)
    {
        var record = await RecordAsync(new KeyRecord { Id = id, CreatedAt = Now, Prefix = hash.Prefix }, settings);
        return new() { Record = record, Number = await Keys.AppendAsync(id), Hashes = [hash] };
    }

    private async Task<Dictionary<string, string[]>> CheckAsync(KeySettings settings)
    {
        var errors = SettingsRules.Check(settings);
        if (settings.TeamId is { } team && AccountIds.IsTeam(team) && await FindGroupAsync(team) is null)
            errors["teamId"] = [$"There is no team {team}."];
        CheckCurrency(settings.Models, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        return errors;
    }

    private void CheckCurrency(IReadOnlyList<string>? models, KeyBudget? budget, Dictionary<string, string[]> errors)
    {
        if (!errors.ContainsKey("budget.currency") && PricedCurrencies.Mistake(catalog.Current, models, budget) is { } mistake)
            errors["budget.currency"] = [mistake];
    }

    /// <summary>A name that leads nowhere would be found out by the first session in auto mode.</summary>
    private void CheckSafeguardsModel(string? model, Dictionary<string, string[]> errors)
    {
        if (model is not (null or KeyRecord.NoSafeguardsModel) && catalog.Current.Find(model, out _) is null)
            errors["safeguardsModel"] = [$"There is no such model in the catalog. A model's id or alias, or '{KeyRecord.NoSafeguardsModel}' for none."];
    }

    private async Task<KeyRecord> RecordAsync(KeyRecord before, KeySettings settings) => before with
    {
        Name = settings.Name,
        Models = settings.Models,
        NativeOnly = settings.NativeOnly,
        Limits = settings.Limits,
        Budget = settings.Budget,
        TeamId = settings.TeamId,
        Accounts = await AccountsAsync(before.Id, settings.TeamId),
        ExpiresAt = settings.ExpiresAt,
        OnDisconnect = settings.OnDisconnect,
        ExtendedUsage = settings.ExtendedUsage,
        SafeguardsModel = settings.SafeguardsModel,
        Metadata = settings.Metadata,
    };

    private static KeySettings SettingsOf(KeyRecord record) => new()
    {
        Name = record.Name,
        Models = record.Models,
        NativeOnly = record.NativeOnly,
        Limits = record.Limits,
        Budget = record.Budget,
        TeamId = record.TeamId,
        ExpiresAt = record.ExpiresAt,
        OnDisconnect = record.OnDisconnect,
        ExtendedUsage = record.ExtendedUsage,
        SafeguardsModel = record.SafeguardsModel,
        Metadata = record.Metadata,
    };
}
