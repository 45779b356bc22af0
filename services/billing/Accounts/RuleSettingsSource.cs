using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Client;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;

namespace Gateway.Billing.Accounts;

/// <summary>
/// What the accounts of rules enforce, and what they count: read from the record of all rules, as ingress does, at most once a second. So a rule that is
/// changed need not be told to the accounts of its values, however many there are: each sees it with its next call.
/// </summary>
internal sealed class RuleSettingsSource(
    DaprClient dapr, [FromKeyedServices(ActorProxies.Patient)] IActorProxyFactory actors, TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    /// <summary>A rule that is not known may just have been made.</summary>
    private static readonly TimeSpan LifetimeOfUnknown = TimeSpan.FromMilliseconds(100);

    private volatile Known? _known;

    /// <summary>Of an account of a rule; without any limit when the rule has been deleted.</summary>
    public async ValueTask<AccountSettings> OfAsync(string accountId) => (await FindAsync(accountId)).Settings;

    /// <summary>The rule of an account and the value it counts; null: it is no rule's, or the rule has been deleted.</summary>
    public async Task<CountedRule?> CountedAsync(string accountId)
    {
        if (!AccountIds.IsRule(accountId) || (await FindAsync(accountId)).Rule is not { } rule)
            return null;
        return new() { Id = rule.Id, Name = rule.Name, By = rule.By, Value = rule.IsEach ? await ValueAsync(rule.Id, accountId) : rule.Value };
    }

    private async Task<string?> ValueAsync(string rule, string accountId)
    {
        if (accountId == AccountIds.OfFurtherValues(rule))
            return null;
        var actor = actors.CreateActorProxy<IRuleActor>(new ActorId(rule), ActorTypes.Rule);
        return (await actor.FindValueAsync(new RuleAccountQuery { AccountId = accountId }))?.Value;
    }

    private async ValueTask<(RuleRecord? Rule, AccountSettings Settings)> FindAsync(string accountId)
    {
        var rule = AccountIds.RuleOf(accountId);
        var known = await ReadAsync(Lifetime);
        if (!known.Rules.ContainsKey(rule))
            known = await ReadAsync(LifetimeOfUnknown);
        return known.Rules.GetValueOrDefault(rule, (null, None));
    }

    private static AccountSettings None { get; } = new();

    private async ValueTask<Known> ReadAsync(TimeSpan lifetime)
    {
        if (_known is { } known && time.GetElapsedTime(known.Read) < lifetime)
            return known;
        var read = time.GetTimestamp();
        var set = await dapr.GetStateAsync<RuleSet?>(ComponentNames.KeyStore, KeyStoreKeys.Rules) ?? new();
        return _known = new(set.Rules.ToDictionary(rule => rule.Id, rule => ((RuleRecord?)rule, rule.ToAccount()), StringComparer.Ordinal), read);
    }

    private sealed record Known(Dictionary<string, (RuleRecord? Rule, AccountSettings Settings)> Rules, long Read);
}
