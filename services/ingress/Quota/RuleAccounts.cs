using System.Collections.Concurrent;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Hosting.Leases;

namespace Gateway.Ingress.Quota;

/// <summary>
/// The leases of rules' accounts by what they count. Billing says which value has an account of its own, once for each value; what more values come here
/// of one rule than are remembered goes to the account that further values share, so that clients who make up values fill no memory.
/// </summary>
/// <param name="actors">Where rules are asked for the accounts of their values.</param>
/// <param name="leases">This process's leases.</param>
/// <param name="time">The clock.</param>
/// <param name="most">How many values of a rule are remembered.</param>
internal sealed class RuleAccounts(IActorProxyFactory actors, AccountLeases leases, TimeProvider time, int most)
{
    private const int Most = 20_000;

    /// <summary>How long a value that shares an account is not asked for again: the rule may have been given more accounts since.</summary>
    private static readonly TimeSpan Shared = TimeSpan.FromMinutes(1);
    private const int MostShared = 10_000;

    private readonly ConcurrentDictionary<(string Rule, string? Value), AccountLease> _known = new();
    private readonly ConcurrentDictionary<string, int> _values = new(StringComparer.Ordinal);
    private readonly ExpiringMap<(string Rule, string Value), bool> _shared = new(time, MostShared);

    public RuleAccounts([FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, AccountLeases leases, TimeProvider time)
        : this(actors, leases, time, Most)
    {
    }

    /// <summary>Null where billing has to be asked.</summary>
    public AccountLease? TryFind(RuleRecord rule, string value)
    {
        if (!rule.IsEach)
            return Of(rule, null, rule.Id, null);
        if (value.Length == 0)
            return Further(rule);
        if (_known.TryGetValue((rule.Id, value), out var lease))
            return lease;
        return _values.GetValueOrDefault(rule.Id) >= most || _shared.TryGet((rule.Id, value), out _) ? Further(rule) : null;
    }

    public async ValueTask<AccountLease> FindAsync(RuleRecord rule, string value, CancellationToken cancellationToken)
    {
        if (TryFind(rule, value) is { } known)
            return known;
        var account = await actors.CreateActorProxy<IRuleActor>(new ActorId(rule.Id), ActorTypes.Rule)
            .FindAccountAsync(new RuleValue { Value = value }).WaitAsync(cancellationToken);
        if (!account.IsShared)
            return Of(rule, value, account.AccountId, value);
        _shared.Set((rule.Id, value), true, Shared);
        return Further(rule);
    }

    /// <summary>The one that all values share which have none of their own.</summary>
    public AccountLease Further(RuleRecord rule) => Of(rule, null, AccountIds.OfFurtherValues(rule.Id), null);

    private AccountLease Of(RuleRecord rule, string? key, string accountId, string? value)
    {
        if (_known.TryGetValue((rule.Id, key), out var known))
            return known;
        var lease = leases.For(accountId, rule.Describe(value));
        if (_known.TryAdd((rule.Id, key), lease) && key is not null)
            _values.AddOrUpdate(rule.Id, 1, static (_, count) => count + 1);
        return lease;
    }
}
