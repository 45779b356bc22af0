using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Keys;

/// <summary>
/// What holds for a key from above, read whenever the key's record is: so no request looks for it. Kept for half a second, that a team of a thousand
/// keys is not read a thousand times; with the four seconds of a key that is within the five in which a stop holds everywhere.
/// </summary>
internal sealed class GroupLookup(DaprClient dapr, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(500);

    private readonly ExpiringMap<string, GroupRecord?> _read = new(time, capacity: 10_000);
    private readonly SharedRecord<AccessGroups> _access = new(dapr, time, KeyStoreKeys.AccessGroups, groups => groups.Version);
    private readonly SharedRecord<RuleSet> _rules = new(dapr, time, KeyStoreKeys.Rules, rules => rules.Version);

    /// <summary>The key with what stops it from above, now or later, with the rules for it, and with what its lists of models and these name.</summary>
    public async ValueTask<KeyRecord> WithGroupsAsync(KeyRecord key, CancellationToken cancellationToken)
    {
        List<GroupRecord>? groups = null;
        foreach (var account in key.Accounts ?? [])
        {
            if (AccountIds.IsGroup(account) && await FindAsync(account, cancellationToken) is { } group)
                (groups ??= []).Add(group);
        }

        var rules = (await _rules.ReadAsync(cancellationToken)).For(key);
        if (groups is not null || rules is not null)
            key = key with { Groups = groups, Rules = rules };
        return AccessGroups.AreNamedIn(key.Models) || groups?.Exists(group => AccessGroups.AreNamedIn(group.Models)) is true
            || rules?.Any(rule => rule.IsByGroup) is true
            ? key with { AccessGroups = await _access.ReadAsync(cancellationToken) }
            : key;
    }

    private async ValueTask<GroupRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_read.TryGet(id, out var known))
            return known;
        var group = await dapr.GetStateAsync<GroupRecord?>(ComponentNames.KeyStore, KeyStoreKeys.OfGroup(id), cancellationToken: cancellationToken);
        _read.Set(id, group, Lifetime);
        return group;
    }
}
