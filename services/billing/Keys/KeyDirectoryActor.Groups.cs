using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

internal sealed partial class KeyDirectoryActor
{
    private PagedList Groups(bool organizations) => new(StateManager, organizations ? "orgs" : "teams");

    /// <summary>The account before the entry: a group that can be named has its limits in force. An account without a group harms nobody.</summary>
    public async Task<GroupResult> CreateGroupAsync(GroupCommand command)
    {
        if (SettingsReader.Read<GroupSettings>(command.Body ?? "{}", null, out var errors) is not { } settings)
            return new() { Errors = errors };
        errors = SettingsRules.Check(settings, command.Organization);
        CheckCurrency(null, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        if (errors.Count == 0 && settings.Parent is { } parent && await FindGroupAsync(parent) is null)
            errors["parent"] = [$"There is no organisation {parent}."];
        if (errors.Count > 0)
            return new() { Errors = errors };

        var id = GatewayKeys.NewId(command.Organization ? AccountIds.OrganizationPrefix : AccountIds.TeamPrefix);
        await ConfigureAsync(id, settings.ToAccount());
        var number = await Groups(command.Organization).AppendAsync(id);
        var entry = new GroupEntry { Group = View(new GroupView { Id = id, CreatedAt = Now, Parent = settings.Parent }, settings), Number = number };
        await StateManager.SetStateAsync(GroupKey(id), entry);
        return new() { Group = entry.Group };
    }

    public async Task<GroupResult> GetGroupAsync(GroupCommand command) => new() { Group = (await FindGroupAsync(command.Id!))?.Group };

    public async Task<GroupPage> ListGroupsAsync(ListQuery query)
    {
        long after = 0;
        if (query.After is { } last)
        {
            if (await FindGroupAsync(last) is not { } entry)
                return new() { UnknownAfter = true };
            after = entry.Number;
        }

        var list = Groups(query.Organizations);
        var ids = await list.ReadAsync(after, Math.Clamp(query.Limit, 1, MaxPage));
        var groups = new List<GroupView>();
        foreach (var id in ids)
        {
            var group = (await FindGroupAsync(id))!.Group;
            if (query.Parent is null || group.Parent == query.Parent)
                groups.Add(group);
        }

        var more = after + ids.Count < await list.CountAsync();
        return new() { Groups = groups, Next = more ? ids[^1] : null };
    }

    public async Task<GroupResult> UpdateGroupAsync(GroupCommand command)
    {
        if (await FindGroupAsync(command.Id!) is not { } entry)
            return new();
        if (SettingsReader.Read(command.Body ?? "{}", SettingsOf(entry.Group), out var errors) is not { } settings)
            return new() { Errors = errors };
        errors = SettingsRules.Check(settings, AccountIds.IsOrganization(entry.Group.Id));
        CheckCurrency(null, settings.Budget, errors);
        CheckSafeguardsModel(settings.SafeguardsModel, errors);
        if (settings.Parent != entry.Group.Parent)
            errors["parent"] = ["It is given at creation and cannot change. Make a new team and move the keys."];
        if (errors.Count > 0)
            return new() { Errors = errors };

        entry = entry with { Group = View(entry.Group, settings) };
        await StateManager.SetStateAsync(GroupKey(entry.Group.Id), entry);
        await HandOnAsync(new PendingChange { Id = entry.Group.Id, Change = "updated", Time = Now });
        return new() { Group = entry.Group };
    }

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
        Limits = settings.Limits,
        Budget = settings.Budget,
        SafeguardsModel = settings.SafeguardsModel,
        Metadata = settings.Metadata,
    };

    private static GroupSettings SettingsOf(GroupView group) => new()
    {
        Name = group.Name,
        Parent = group.Parent,
        Limits = group.Limits,
        Budget = group.Budget,
        SafeguardsModel = group.SafeguardsModel,
        Metadata = group.Metadata,
    };
}
