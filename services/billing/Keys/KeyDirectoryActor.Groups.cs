using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

internal sealed partial class KeyDirectoryActor
{
    private PagedList Groups(bool organizations) => new(StateManager, organizations ? "orgs" : "teams");

    /// <summary>The account before the entry: a group that can be named has its limits in force. An account without a group harms nobody.</summary>
    public async Task<GroupResult> CreateGroupAsync(GroupCommand command)
    {
        await FinishAsync();
        var operation = command.Organization ? "organization" : "team";
        if (await FindMadeAsync(operation, command.IdempotencyKey) is { } before)
        {
            return ConflictOf(before, command.Body) is { } conflict
                ? new() { Conflict = conflict }
                : new() { Group = (await FindGroupAsync(before.Ids[0]))!.Group, Replayed = true };
        }

        if (SettingsReader.Read<GroupSettings>(command.Body ?? "{}", null, out var errors) is not { } settings)
            return new() { Errors = errors };
        await CheckAsync(settings, null, command.Organization, errors);
        if (!command.Organization && await ScopeMistakeAsync(command.By.Scope, settings.Parent) is { } outside)
            errors.TryAdd("parent", [outside]);
        if (errors.Count > 0)
            return new() { Errors = errors };

        var id = GatewayKeys.NewId(command.Organization ? AccountIds.OrganizationPrefix : AccountIds.TeamPrefix);
        await ConfigureAsync(id, settings.ToAccount());
        var number = await Groups(command.Organization).AppendAsync(id);
        var group = View(new GroupView { Id = id, CreatedAt = Now, Parent = settings.Parent }, settings);
        var entry = new GroupEntry { Group = group, Number = number };
        await RememberMadeAsync(operation, command.IdempotencyKey, command.Body, [id], null);
        return await ChangeAsync(entry, null, "created", command.By);
    }

    public async Task<GroupResult> GetGroupAsync(GroupCommand command) => new() { Group = (await FindGroupAsync(command.Id!))?.Group };

    public async Task<GroupPage> ListGroupsAsync(ListQuery query)
    {
        var (entries, next, unknown) = await ListAsync(
            Groups(query.Organizations),
            query,
            FindGroupAsync,
            entry => entry.Number,
            entry => (query.Parent is null || entry.Group.Parent == query.Parent) && (query.Scope is null || IsIn(query.Scope, entry.Group))
                && IsCalled(query.Search, entry.Group.Name, entry.Group.Id));
        return new() { Groups = [.. entries.Select(e => e.Group)], Next = next, UnknownAfter = unknown };
    }

    public async Task<GroupResult> UpdateGroupAsync(GroupCommand command)
    {
        await FinishAsync();
        if (await FindGroupAsync(command.Id!) is not { } entry)
            return new();
        if (entry.Group.DeletedAt is not null)
            return new() { Conflict = "It has been deleted." };
        if (SettingsReader.Read(command.Body ?? "{}", SettingsOf(entry.Group), out var errors) is not { } settings)
            return new() { Errors = errors };
        await CheckAsync(settings, entry.Group, AccountIds.IsOrganization(entry.Group.Id), errors);
        if (settings.Parent != entry.Group.Parent)
            errors["parent"] = ["It is given at creation and cannot change. Make a new team and move the keys."];
        if (errors.Count > 0)
            return new() { Errors = errors };
        return await ChangeAsync(entry with { Group = View(entry.Group, settings) }, entry.Group, "updated", command.By);
    }

    /// <summary>Its keys are refused within five seconds, and work again as soon when it is resumed.</summary>
    public async Task<GroupResult> PauseGroupAsync(GroupCommand command)
    {
        await FinishAsync();
        if (await FindGroupAsync(command.Id!) is not { } entry)
            return new();
        if (entry.Group.DeletedAt is not null)
            return new() { Conflict = "It has been deleted." };
        return command.Paused == entry.Group.PausedAt is not null
            ? new() { Group = entry.Group }
            : await ChangeAsync(
                entry with { Group = entry.Group with { PausedAt = command.Paused ? Now : null } },
                entry.Group,
                command.Paused ? "paused" : "resumed",
                command.By);
    }

    /// <summary>
    /// Its keys are refused within five seconds, however many there are, since none is touched: they stay as they are, and one that is moved to another team
    /// works again. The record stays, with the time of its end, and so does the usage.
    /// </summary>
    public async Task<GroupResult> DeleteGroupAsync(GroupCommand command)
    {
        await FinishAsync();
        if (await FindGroupAsync(command.Id!) is not { } entry)
            return new();
        return entry.Group.DeletedAt is not null
            ? new() { Group = entry.Group }
            : await ChangeAsync(entry with { Group = entry.Group with { DeletedAt = Now } }, entry.Group, "deleted", command.By);
    }

    private async Task<GroupResult> ChangeAsync(GroupEntry entry, GroupView? before, string change, AdminCaller by)
    {
        var group = entry.Group;
        await NameAsync(before, group);
        var dates = await DatesAsync(group.Id, group.CreatedAt, entry.BudgetDates, before?.Budget, group.Budget);
        await StateManager.SetStateAsync(GroupKey(group.Id), entry with { BudgetDates = dates });
        var action = $"{(AccountIds.IsOrganization(group.Id) ? "organization" : "team")}.{change}";
        var audit = await AuditAsync(by, action, group.Id, before, group);
        await HandOnAsync([new PendingChange { Id = group.Id, Change = change, Time = Now, Audit = audit }]);
        return new() { Group = group };
    }

    private async Task CheckAsync(GroupSettings settings, GroupView? before, bool organization, Dictionary<string, string[]> errors)
    {
        AddMistakes(errors, SettingsRules.Check(settings, organization));
        var access = (await AccessAsync()).ToRecord();
        CheckModels("", settings.Models, before?.Models, access, errors);
        CheckCurrency("", settings.Models is { } models ? access.Open(models) : null, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        CheckDefaults("defaults.key.", settings.Defaults?.Key, before?.Defaults?.Key, access, errors);
        CheckDefaults("defaults.user.", settings.Defaults?.User, before?.Defaults?.User, access, errors);
        if (before is null && settings.ExpiresAt <= Now)
            errors.TryAdd("expiresAt", ["In the future; null or nothing never expires."]);
        if (before is null && !organization && settings.Parent is { } parent && await GroupMistakeAsync(parent, "organisation") is { } mistake)
            errors.TryAdd("parent", [mistake]);
        if (!SameName(settings.Name, before?.Name) && await FindNamedAsync(organization, settings.Parent, settings.Name) is { } owner)
            errors.TryAdd("name", [$"{owner} has this name. Use another, or that one."]);
    }

    /// <summary>Why no key can be put into this team; null if one can.</summary>
    private async Task<string?> TeamMistakeAsync(string id) =>
        await GroupMistakeAsync(id, "team")
        ?? ((await FindGroupAsync(id))!.Group.Parent is { } parent ? await GroupMistakeAsync(parent, "organisation") : null);

    private async Task<string?> GroupMistakeAsync(string id, string kind) => await FindGroupAsync(id) switch
    {
        null => $"There is no {kind} {id}.",
        { Group.DeletedAt: not null } => $"The {kind} {id} has been deleted.",
        _ => null,
    };

    private static string GroupKey(string id) => StateKey.Of("group:", id);

    private async Task<GroupEntry?> FindGroupAsync(string id)
    {
        var entry = await StateManager.TryGetStateAsync<GroupEntry>(GroupKey(id));
        return entry.HasValue ? entry.Value : null;
    }

    /// <summary>The accounts of a key, from its own upwards.</summary>
    private async Task<IReadOnlyList<string>> AccountsAsync(string keyId, string? teamId)
    {
        if (teamId is null || await FindGroupAsync(teamId) is not { } team)
            return [keyId];
        return team.Group.Parent is { } organization ? [keyId, teamId, organization] : [keyId, teamId];
    }

    private static GroupView View(GroupView before, GroupSettings settings) => before with
    {
        Name = settings.Name,
        ExpiresAt = settings.ExpiresAt,
        Models = settings.Models,
        Limits = settings.Limits,
        Budget = settings.Budget,
        SafeguardsModel = settings.SafeguardsModel,
        Defaults = settings.Defaults,
        RetentionDays = settings.RetentionDays,
        Metadata = settings.Metadata,
    };

    private static GroupSettings SettingsOf(GroupView group) => new()
    {
        Name = group.Name,
        Parent = group.Parent,
        ExpiresAt = group.ExpiresAt,
        Models = group.Models,
        Limits = group.Limits,
        Budget = group.Budget,
        SafeguardsModel = group.SafeguardsModel,
        Defaults = group.Defaults,
        RetentionDays = group.RetentionDays,
        Metadata = group.Metadata,
    };
}
