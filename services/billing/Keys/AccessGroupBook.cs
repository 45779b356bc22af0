using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>All access groups as the directory keeps them: few, and read whole at each instance of ingress.</summary>
internal sealed record AccessGroupBook
{
    public long Version { get; init; }
    public IReadOnlyList<AccessGroupView> Groups { get; init; } = [];

    public AccessGroupView? Find(string name) => Groups.FirstOrDefault(group => group.Name == name);

    /// <summary>With the group in the place of the one of its name, in the order of names; null takes that away.</summary>
    public AccessGroupBook With(string name, AccessGroupView? group) => new()
    {
        Version = Version + 1,
        Groups = [.. Groups.Where(other => other.Name != name).Concat(group is null ? [] : [group]).OrderBy(g => g.Name, StringComparer.Ordinal)],
    };

    public AccessGroups ToRecord() => new()
    {
        Version = Version,
        Models = Groups.ToDictionary(group => AccessGroups.Prefix + group.Name, group => group.Models),
    };
}
