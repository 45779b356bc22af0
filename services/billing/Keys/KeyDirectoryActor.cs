using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;

namespace Gateway.Billing.Keys;

/// <summary>
/// State keys: <c>key:{id}</c> and <c>group:{id}</c> entries; the lists <c>keys</c>, <c>teams</c>, <c>orgs</c>; <c>pending</c>, the changes
/// that have not reached everybody; those of the other parts. A change is first written here, in one transaction with its pending mark, then handed
/// on; whatever a crash leaves undone is done before the next change, at the latest when billing starts again.
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
                if ((query.Parent is null || record.TeamId == query.Parent) && (query.Scope is null || IsIn(query.Scope, record)))
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
        await CheckAsync(settings, entry.Record, command.By, errors);
        if (errors.Count > 0)
            return new() { Errors = errors };

        var before = entry.Record;
        var record = await RecordAsync(before, settings);
        var dates = await DatesAsync(record.Id, record.CreatedAt, entry.BudgetDates, before.Budget, record.Budget);
        entry = entry with { Record = record, BudgetDates = dates };
        await ChangeAsync(entry, before, "updated", command.By);
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
        var record = entry.Record;
        entry = entry with { Record = record with { Prefix = hash.Prefix }, Hashes = [.. before, hash] };
        await ChangeAsync(entry, record, "rotated", command.By, removed);
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
        var before = entry.Record;
        entry = entry with { Record = before with { RevokedAt = Now } };
        await ChangeAsync(entry, before, "revoked", command.By);
        return new() { Key = entry.Record };
    }

    /// <summary>A paused key is refused within five seconds, and works again as soon when it is resumed. What it is in the middle of is finished.</summary>
    public async Task<KeyResult> PauseKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return new() { Conflict = "The key has been revoked." };
        if (command.Paused == entry.Record.PausedAt is not null)
            return new() { Key = entry.Record };
        var before = entry.Record;
        entry = entry with { Record = before with { PausedAt = command.Paused ? Now : null } };
        await ChangeAsync(entry, before, command.Paused ? "paused" : "resumed", command.By);
        return new() { Key = entry.Record };
    }

    private static string KeyKey(string id) => StateKey.Of("key:", id);

    private async Task<KeyEntry?> FindAsync(string? id)
    {
        if (id is null)
            return null;
        var entry = await StateManager.TryGetStateAsync<KeyEntry>(KeyKey(id));
        return entry.HasValue ? entry.Value : null;
    }

    /// <param name="settings">What is asked for.</param>
    /// <param name="before">What is in force, and may have gone out of the catalog since; null: nothing.</param>
    /// <param name="by">Who asks for it.</param>
    /// <param name="errors">What is wrong already, by field.</param>
    private async Task CheckAsync(KeySettings settings, KeyRecord? before, AdminCaller by, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings));
        if (await ScopeMistakeAsync(by.Scope, settings.TeamId) is { } outside)
            errors.TryAdd("teamId", [outside]);
        if (settings.TeamId is { } team && AccountIds.IsTeam(team) && team != before?.TeamId && await TeamMistakeAsync(team) is { } mistake)
            errors.TryAdd("teamId", [mistake]);
        CheckCurrency(settings.Models, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        CheckModels(settings.Models, before?.Models, errors);
    }

    private static void AddMistakes(Dictionary<string, string[]> errors, Dictionary<string, string[]> more)
    {
        foreach (var (field, mistakes) in more)
            errors.TryAdd(field, mistakes);
    }

    private void CheckModels(IReadOnlyList<string>? models, IReadOnlyList<string>? before, Dictionary<string, string[]> errors)
    {
        for (var i = 0; i < models?.Count; i++)
        {
            if (models[i] is { Length: > 0 } model && before?.Contains(model) != true && !IsKnown(model))
                errors.TryAdd($"models[{i}]", ["No model of the catalog is meant by it (GET /admin/v1/catalog lists them)."]);
        }
    }

    /// <summary>A name that a wildcard of the catalog covers is known, too.</summary>
    private bool IsKnown(string model) =>
        catalog.Current.MeantBy(model).Any() || (!model.EndsWith('*') && catalog.Current.Find(model, out _) is not null);

    private void CheckCurrency(IReadOnlyList<string>? models, KeyBudget? budget, Dictionary<string, string[]> errors)
    {
        // What the models are is not known where they are mistaken.
        if (!errors.Keys.Any(field => field == "budget.currency" || field.StartsWith("models", StringComparison.Ordinal))
            && PricedCurrencies.Mistake(catalog.Current, models, budget) is { } mistake)
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
