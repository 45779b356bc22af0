using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>
/// Names of groups: people, and rules that map groups of an identity provider, tell organisations and the teams of one by them. State keys:
/// <c>name:{hash}</c>, who has it; <c>named</c>, that the groups of before have been gone through.
/// </summary>
internal sealed partial class KeyDirectoryActor
{
    private const string Named = "named";

    private static bool SameName(string? one, string? other) => string.Equals(one?.Trim(), other?.Trim(), StringComparison.OrdinalIgnoreCase);

    private static string NameKey(bool organization, string? parent, string name) =>
        "name:" + Digest($"{(organization ? AccountIds.OrganizationPrefix : parent ?? AccountIds.TeamPrefix)}\n{name.Trim().ToUpperInvariant()}");

    /// <summary>Who has the name among the organisations, or among the teams of this one; null: nobody, or it is no name.</summary>
    private async Task<string?> FindNamedAsync(bool organization, string? parent, string? name)
    {
        if (name is null)
            return null;
        await IndexNamesAsync();
        var owner = await StateManager.TryGetStateAsync<string>(NameKey(organization, parent, name));
        return owner.HasValue ? owner.Value : null;
    }

    /// <summary>Keeps who has which name; the caller saves.</summary>
    private async Task NameAsync(GroupView? before, GroupView after)
    {
        await IndexNamesAsync();
        var organization = AccountIds.IsOrganization(after.Id);
        if (before is { Name: { } old, DeletedAt: null } && (after.DeletedAt is not null || !SameName(old, after.Name))
            && await FindNamedAsync(organization, before.Parent, old) == before.Id)
            await StateManager.TryRemoveStateAsync(NameKey(organization, before.Parent, old));
        if (after is { Name: { } name, DeletedAt: null } && !SameName(before?.Name, name))
            await StateManager.SetStateAsync(NameKey(organization, after.Parent, name), after.Id);
    }

    /// <summary>Groups that were made before names were kept: of those with the same one, the oldest has it, and the others keep theirs.</summary>
    private async Task IndexNamesAsync()
    {
        if (!await StateManager.TryAddStateAsync(Named, true))
            return;
        foreach (var organizations in new[] { true, false })
        {
            var list = Groups(organizations);
            foreach (var id in await list.ReadAsync(0, int.MaxValue))
            {
                // One that is about to be made is in the list already.
                if (await FindGroupAsync(id) is { Group: { Name: { } name } group })
                    await StateManager.TryAddStateAsync(NameKey(organizations, group.Parent, name), id);
            }
        }
    }
}
