using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Billing.Usage;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.SignIn;
using Gateway.Hosting;

namespace Gateway.Billing.Keys;

/// <summary>
/// State keys: <c>key:{id}</c> and <c>group:{id}</c> entries; the lists <c>keys</c>, <c>teams</c>, <c>orgs</c>; <c>pending</c>, the changes
/// that have not reached everybody; those of the other parts. A change is first written here, in one transaction with its pending mark, then handed
/// on; whatever a crash leaves undone is done before the next change, at the latest when billing starts again.
/// </summary>
internal sealed partial class KeyDirectoryActor(
    ActorHost host, DaprClient dapr, CatalogSource catalog, EventFeed feed, WebhookOptions webhooks, AccountOptions accounts, TimeProvider time,
    SidecarStarts starts)
    : PlacedActor(host, starts), IKeyDirectoryActor, IUserSignInActor, IRemindable
{
    public const string All = IUserSignInActor.ActorId;
    private const int MaxPage = 1000;

    /// <summary>With a filter, how many of a list are looked at for one page.</summary>
    private const int MaxLook = 2000;

    private PagedList Keys => new(StateManager, "keys");

    private DateTimeOffset Now => time.GetUtcNow();

    public static ActorId ActorId { get; } = new(All);

    public async Task<KeyResult> GetKeyAsync(KeyCommand command)
    {
        var result = (await FindAsync(command.Id))?.Record is { } key ? await ShownAsync(key) : new();
        await StateManager.ClearCacheAsync();
        return result;
    }

    public async Task<KeyPage> ListKeysAsync(ListQuery query)
    {
        var (entries, next, unknown) = await ListAsync(Keys, query);
        return new() { Keys = [.. entries.Select(e => e.Record)], Next = next, UnknownAfter = unknown };
    }

    private Task<(List<KeyEntry> Found, string? Next, bool UnknownAfter)> ListAsync(PagedList list, ListQuery query) => ListAsync(
        list,
        query,
        FindAsync,
        entry => entry.Number,
        entry => (query.Parent is null || entry.Record.TeamId == query.Parent) && (query.Scope is null || IsIn(query.Scope, entry.Record))
            && IsCalled(query.Search, entry.Record.Name, entry.Record.Id, entry.Record.Prefix, entry.User?.Identity.Email, entry.User?.Identity.Subject));

    /// <summary>A page of what is meant; where little is, a short one, from which the next looks further.</summary>
    private async Task<(List<T> Found, string? Next, bool UnknownAfter)> ListAsync<T>(
        PagedList list, ListQuery query, Func<string, Task<T?>> find, Func<T, long> number, Predicate<T> isMeant)
        where T : class
    {
        long after = 0;
        if (query.After is { } last)
        {
            if (await find(last) is not { } entry)
                return ([], null, true);
            after = number(entry);
        }

        var limit = Math.Clamp(query.Limit, 1, MaxPage);
        var found = new List<T>();
        string? seen = null;
        var more = true;
        for (var looked = 0; more && found.Count < limit && looked < MaxLook;)
        {
            var ids = await list.ReadAsync(after, Math.Min(limit - found.Count, MaxLook - looked));
            foreach (var id in ids)
            {
                var entry = (await find(id))!;
                if (isMeant(entry))
                    found.Add(entry);
                seen = id;
            }

            after += ids.Count;
            looked += ids.Count;
            more = after < await list.CountAsync();
        }

        // Pages of a long list are not needed twice.
        await StateManager.ClearCacheAsync();
        return (found, more ? seen : null, false);
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
        if (entry.User is { Role: null } && settings.TeamId is null)
            errors.TryAdd("teamId", ["A user belongs to a team. Name another, or delete the user."]);
        if (errors.Count > 0)
            return new() { Errors = errors };

        var before = entry.Record;
        var record = await RecordAsync(before, settings);
        var dates = await DatesAsync(record.Id, record.CreatedAt, entry.BudgetDates, before.Budget, record.Budget);
        entry = entry with { Record = record, BudgetDates = dates };
        await ChangeAsync(entry, before, "updated", command.By);
        return await ShownAsync(entry.Record);
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
        return await ShownAsync(entry.Record) with { Secret = secret, PreviousKeyExpiresAt = before.Count > 0 ? until : null };
    }

    /// <summary>The record stays, with the time of its end: so does the usage, and the answer to who had this key.</summary>
    public async Task<KeyResult> RevokeKeyAsync(KeyCommand command)
    {
        await FinishAsync();
        if (await FindAsync(command.Id) is not { } entry)
            return new();
        if (entry.Record.RevokedAt is not null)
            return await ShownAsync(entry.Record);
        var before = entry.Record;
        entry = entry with { Record = before with { RevokedAt = Now } };
        await ChangeAsync(entry, before, "revoked", command.By);
        return await ShownAsync(entry.Record);
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
            return await ShownAsync(entry.Record);
        var before = entry.Record;
        entry = entry with { Record = before with { PausedAt = command.Paused ? Now : null } };
        await ChangeAsync(entry, before, command.Paused ? "paused" : "resumed", command.By);
        return await ShownAsync(entry.Record);
    }

    private async Task<KeyResult> ShownAsync(KeyRecord key)
    {
        var lists = await ModelListsAsync(key.Id, key.Models, key.TeamId);
        return lists.Count == 0 ? new() { Key = key } : new() { Key = key, EffectiveModels = await EffectiveModelsAsync(lists), ModelLists = lists };
    }

    private static bool IsCalled(string? search, params ReadOnlySpan<string?> names)
    {
        if (search is null)
            return true;
        foreach (var name in names)
        {
            if (name?.Contains(search, StringComparison.OrdinalIgnoreCase) is true)
                return true;
        }

        return false;
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
        var access = (await AccessAsync()).ToRecord();
        var lists = await ModelListsAsync("", settings.Models, settings.TeamId);
        CheckCurrency("", lists.Count > 0 ? access.Open(lists[0].Models) : null, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        CheckModels("", settings.Models, before?.Models, access, errors);
    }

    private static void AddMistakes(Dictionary<string, string[]> errors, Dictionary<string, string[]> more)
    {
        foreach (var (field, mistakes) in more)
            errors.TryAdd(field, mistakes);
    }

    private void CheckModels(
        string path, IReadOnlyList<string>? models, IReadOnlyList<string>? before, AccessGroups access, Dictionary<string, string[]> errors)
    {
        for (var i = 0; i < models?.Count; i++)
        {
            if (models[i] is not { Length: > 0 } model || before?.Contains(model) == true)
                continue;
            if (AccessGroups.IsNamedBy(model) ? !access.Models.ContainsKey(model) : !IsKnown(model))
            {
                errors.TryAdd($"{path}models[{i}]", AccessGroups.IsNamedBy(model)
                    ? ["There is no access group of this name (GET /admin/v1/access-groups lists them)."]
                    : ["No model of the catalog is meant by it (GET /admin/v1/catalog lists them)."]);
            }
        }
    }

    /// <summary>A name that a wildcard of the catalog covers is known, too.</summary>
    private bool IsKnown(string model) =>
        catalog.Current.MeantBy(model).Any() || (!model.EndsWith('*') && catalog.Current.Find(model, out _) is not null);

    private void CheckCurrency(string path, IEnumerable<string>? models, KeyBudget? budget, Dictionary<string, string[]> errors)
    {
        // What the models are is not known where they are mistaken.
        if (!errors.Keys.Any(field => field == path + "budget.currency" || field.StartsWith(path + "models", StringComparison.Ordinal))
            && PricedCurrencies.Mistake(catalog.Current, models, budget) is { } mistake)
            errors[path + "budget.currency"] = [mistake];
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
        QueueSeconds = settings.QueueSeconds,
        SafeguardsModel = settings.SafeguardsModel,
        UserIds = settings.UserIds,
        Tags = settings.Tags,
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
        QueueSeconds = record.QueueSeconds,
        SafeguardsModel = record.SafeguardsModel,
        UserIds = record.UserIds,
        Tags = record.Tags,
        Metadata = record.Metadata,
    };
}
