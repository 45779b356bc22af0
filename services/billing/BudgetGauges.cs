using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing;

/// <summary>How the budgets of accounts stand, as far as they are in use on this replica: of so many keys, groups and accounts of rules each.</summary>
internal sealed class BudgetGauges
{
    private const int MostKeys = 100;
    private const int MostGroups = 500;
    private const int MostOfRules = 200;

    private readonly ConcurrentDictionary<string, BudgetStatus> _keys = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BudgetStatus> _groups = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, BudgetStatus> _rules = new(StringComparer.Ordinal);

    public void Set(string account, BudgetStatus? budget)
    {
        var (accounts, most) = AccountIds.IsGroup(account) ? (_groups, MostGroups)
            : AccountIds.IsRule(account) ? (_rules, MostOfRules)
            : (_keys, MostKeys);
        if (budget is null)
            accounts.TryRemove(account, out _);
        else if (accounts.ContainsKey(account) || accounts.Count < most)
            accounts[account] = budget;
    }

    public IEnumerable<Measurement<double>> Amounts() => Of(budget => budget.Amount);

    public IEnumerable<Measurement<double>> Spent() => Of(budget => budget.Spent);

    private IEnumerable<Measurement<double>> Of(Func<BudgetStatus, decimal> amount) => _groups.Concat(_rules).Concat(_keys).Select(account =>
        new Measurement<double>(
            (double)amount(account.Value),
            new KeyValuePair<string, object?>("account", account.Key),
            new KeyValuePair<string, object?>("currency", account.Value.Currency)));
}
