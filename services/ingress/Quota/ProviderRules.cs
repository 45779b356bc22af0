using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;

namespace Gateway.Ingress.Quota;

/// <summary>The rules of a request that count by provider, and what it needs at one.</summary>
/// <param name="rules">All of the request's rules.</param>
/// <param name="need">Null: a call that counts tokens.</param>
internal sealed class ProviderRules(IReadOnlyList<RuleRecord> rules, RequestNeed? need)
{
    /// <summary>Null where there are none: then no route is better than another.</summary>
    public static ProviderRules? Of(IReadOnlyList<RuleRecord> rules, RequestNeed? need)
    {
        for (var i = 0; i < rules.Count; i++)
        {
            if (rules[i].IsByProvider)
                return new(rules, need);
        }

        return null;
    }

    public IEnumerable<RuleRecord> For(ModelRoute route) =>
        rules.Where(rule => rule.IsByProvider && (rule.Value is null || rule.Value == route.Entry.Provider));

    /// <summary>What the request needs by this route alone.</summary>
    public RequestNeed? NeedAt(ModelRoute route) => need?.At(route);
}
