using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Keys;

/// <summary>All rules as the directory keeps them: few, and read whole at each instance of ingress and billing.</summary>
internal sealed record RuleBook
{
    public long Version { get; init; }
    public IReadOnlyList<RuleRecord> Rules { get; init; } = [];

    public RuleRecord? Find(string? id) => Rules.FirstOrDefault(rule => rule.Id == id);

    /// <summary>With the rule in the place of the one of its id; null takes that away.</summary>
    public RuleBook With(string id, RuleRecord? rule)
    {
        var rules = Rules.ToList();
        var at = rules.FindIndex(other => other.Id == id);
        if (at < 0)
            rules.Add(rule!);
        else if (rule is null)
            rules.RemoveAt(at);
        else
            rules[at] = rule;
        return new() { Version = Version + 1, Rules = rules };
    }

    public RuleSet ToRecord() => new() { Version = Version, Rules = Rules };

    /// <summary>
    /// In how many accounts at most the rules of one scope need a place for one request: each that counts every value, or a group, or by a beginning of
    /// names; of those that count one value, only as many as have the same.
    /// </summary>
    public int MostAt(string? scope) => Rules.Where(rule => rule.Scope == scope).GroupBy(rule => rule.By).Sum(by =>
        by.Count(IsOfMany) + by.Where(rule => !IsOfMany(rule)).GroupBy(rule => rule.Value).Select(same => same.Count()).DefaultIfEmpty().Max());

    private static bool IsOfMany(RuleRecord rule) => rule.Value is null || (rule.By == RuleRecord.ByModel && rule.Value.EndsWith('*'));
}
