using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Ingress.Keys;

/// <summary>
/// What stops the groups of a key, read whenever the key's record is: so no request looks for it. Kept for half a second, that a team of a thousand
/// keys is not read a thousand times; with the four seconds of a key that is within the five in which a stop holds everywhere.
/// </summary>
internal sealed class GroupLookup(DaprClient dapr, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMilliseconds(500);

    private readonly ExpiringMap<string, GroupRecord?> _read = new(time, capacity: 10_000);

    /// <summary>The key with what stops it from above, now or later.</summary>
    public async ValueTask<KeyRecord> WithStopsAsync(KeyRecord key, CancellationToken cancellationToken)
    {
        List<GroupRecord>? stops = null;
        foreach (var account in key.Accounts ?? [])
        {
            if (AccountIds.IsGroup(account) && await FindAsync(account, cancellationToken) is { } stop)
                (stops ??= []).Add(stop);
        }

        return stops is null ? key : key with { Stops = stops };
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
