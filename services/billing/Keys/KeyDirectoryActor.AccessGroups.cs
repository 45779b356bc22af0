using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Keys;

/// <summary>Access groups, and which models a key may use in the end. State key: <c>access-groups</c>.</summary>
internal sealed partial class KeyDirectoryActor
{
    private const string Access = "access-groups";

    /// <summary>All of them are held by each instance of ingress, and by every change here.</summary>
    private const int MaxAccessGroups = 200;

    /// <summary>Of models in an answer; a key that may use more is shown the first.</summary>
    private const int MaxEffectiveModels = 1000;

    public async Task<AccessGroupResult> CreateAccessGroupAsync(AccessGroupCommand command)
    {
        await FinishAsync();
        var book = await AccessAsync();
        if (await FindMadeAsync(Access, command.IdempotencyKey) is { } made && book.Find(made.Ids[0]) is { } before)
            return ConflictOf(made, command.Body) is { } conflict ? new() { Conflict = conflict } : new() { Group = before, Replayed = true };
        if (SettingsReader.Read<AccessGroupSettings>(command.Body ?? "{}", null, out var errors) is not { } settings)
            return new() { Errors = errors };
        Check(settings, null, errors);
        if (settings.Name is { } taken && book.Find(taken) is not null)
            errors.TryAdd("name", ["There is a group of this name. Use another, or change that one."]);
        if (book.Groups.Count >= MaxAccessGroups)
            errors.TryAdd("", [$"There are {MaxAccessGroups} access groups, which is as many as there can be. Delete one."]);
        if (errors.Count > 0)
            return new() { Errors = errors };
        var group = new AccessGroupView { Name = settings.Name!, Models = settings.Models!, CreatedAt = Now };
        await RememberMadeAsync(Access, command.IdempotencyKey, command.Body, [group.Name], null);
        return await ChangeAsync(book, null, group, "created", command.By);
    }

    public async Task<AccessGroupResult> GetAccessGroupAsync(AccessGroupCommand command) => new() { Group = (await AccessAsync()).Find(command.Name!) };

    public async Task<AccessGroupPage> ListAccessGroupsAsync(ListQuery query)
    {
        var all = (await AccessAsync()).Groups;
        var from = 0;
        if (query.After is { } last)
        {
            from = 1 + all.ToList().FindIndex(group => group.Name == last);
            if (from == 0)
                return new() { UnknownAfter = true };
        }

        var page = all.Skip(from).Take(Math.Clamp(query.Limit, 1, MaxPage)).ToList();
        return new() { Groups = page, Next = from + page.Count < all.Count ? page[^1].Name : null };
    }

    public async Task<AccessGroupResult> UpdateAccessGroupAsync(AccessGroupCommand command)
    {
        await FinishAsync();
        var book = await AccessAsync();
        if (book.Find(command.Name!) is not { } before)
            return new();
        var current = new AccessGroupSettings { Name = before.Name, Models = before.Models };
        if (SettingsReader.Read(command.Body ?? "{}", current, out var errors) is not { } settings)
            return new() { Errors = errors };
        Check(settings, before, errors);
        if (settings.Name != before.Name)
            errors["name"] = ["It is given at creation and cannot change, since lists of models name it. Make another group."];
        return errors.Count > 0
            ? new() { Errors = errors }
            : await ChangeAsync(book, before, before with { Models = settings.Models!, ChangedAt = Now }, "updated", command.By);
    }

    /// <summary>Lists that name it stay as they are, and mean no model by it: fewer than before, never more.</summary>
    public async Task<AccessGroupResult> DeleteAccessGroupAsync(AccessGroupCommand command)
    {
        await FinishAsync();
        var book = await AccessAsync();
        return book.Find(command.Name!) is { } before ? await ChangeAsync(book, before, null, "deleted", command.By) : new();
    }

    private async Task<AccessGroupResult> ChangeAsync(
        AccessGroupBook book, AccessGroupView? before, AccessGroupView? after, string change, AdminCaller by)
    {
        var name = (before ?? after)!.Name;
        await StateManager.SetStateAsync(Access, book.With(name, after));
        var audit = await AuditAsync(by, "access_group." + change, name, before, after);
        await HandOnAsync([new PendingChange { Id = AccessGroups.Prefix + name, Change = change, Time = Now, Audit = audit }]);
        return new() { Group = after ?? before };
    }

    private async Task<AccessGroupBook> AccessAsync()
    {
        var stored = await StateManager.TryGetStateAsync<AccessGroupBook>(Access);
        return stored.HasValue ? stored.Value : new();
    }

    private Task StoreAsync(AccessGroupBook book) => dapr.SaveStateAsync(ComponentNames.KeyStore, KeyStoreKeys.AccessGroups, book.ToRecord());

    private void Check(AccessGroupSettings settings, AccessGroupView? before, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings));
        for (var i = 0; i < settings.Models?.Count; i++)
        {
            if (settings.Models[i] is { } entry && AccessGroups.IsNamedBy(entry))
                errors.TryAdd($"models[{i}]", ["A group has models in it, and no other groups."]);
        }

        CheckModels("", settings.Models, before?.Models, AccessGroups.None, errors);
    }

    /// <summary>The lists that a key's models come from, its own first; empty: it may use every model.</summary>
    private async Task<IReadOnlyList<ModelList>> ModelListsAsync(string id, IReadOnlyList<string>? own, string? teamId)
    {
        var lists = new List<ModelList>();
        if (own is not null)
            lists.Add(new() { Account = id, Models = own });
        foreach (var account in (await AccountsAsync(id, teamId)).Where(AccountIds.IsGroup))
        {
            if ((await FindGroupAsync(account))?.Group.Models is { } models)
                lists.Add(new() { Account = account, Models = models });
        }

        return lists;
    }

    /// <summary>What all lists allow; there is at least one.</summary>
    private async Task<IReadOnlyList<EffectiveModel>> EffectiveModelsAsync(IReadOnlyList<ModelList> lists)
    {
        var access = (await AccessAsync()).ToRecord();
        var current = catalog.Current;
        // An entry that means no model by name may mean those that a wildcard of the catalog covers.
        var covered = lists.SelectMany(list => access.Open(list.Models))
            .Where(entry => !current.Models.Any(model => model.IsMeantBy(entry)))
            .SelectMany(entry => current.MeantBy(entry).Take(1), (entry, model) => model with { Id = entry, Aliases = [] });
        return
        [
            .. current.Models.Concat(covered).DistinctBy(model => model.Id)
                .Select(model => (model.Id, From: lists.Select(list => (list.Account, Entry: access.Allowing(list.Models, model))).ToList()))
                .Where(model => model.From.TrueForAll(source => source.Entry is not null))
                .Take(MaxEffectiveModels)
                .Select(model => new EffectiveModel
                {
                    Model = model.Id,
                    From = [.. model.From.Select(source => new ModelSource { Account = source.Account, Entry = source.Entry! })],
                }),
        ];
    }
}
