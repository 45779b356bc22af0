namespace Gateway.Contracts.Accounts;

/// <summary>All rules, as they stand in the state store <c>keys</c> under <see cref="KeyStoreKeys.Rules"/>.</summary>
public sealed record RuleSet
{
    /// <summary>Grows with each change.</summary>
    public long Version { get; init; }
    public IReadOnlyList<RuleRecord> Rules { get; init; } = [];

    /// <summary>Those that may be for a request of the key; null: none.</summary>
    public IReadOnlyList<RuleRecord>? For(KeyRecord key)
    {
        List<RuleRecord>? rules = null;
        foreach (var rule in Rules)
        {
            if (rule.IsFor(key))
                (rules ??= []).Add(rule);
        }

        return rules;
    }
}
