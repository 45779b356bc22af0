using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Accounts;

/// <summary>One UTC day of an account: a row for each model, provider and currency.</summary>
internal static class DayRollup
{
    public static void Add(List<UsageRow> rows, DateOnly day, UsageEvent e)
    {
        var row = rows.Find(r => r.Takes(e));
        if (row is null)
            rows.Add(row = new UsageRow { Day = day, Model = e.Model, Provider = e.Provider, Currency = e.Cost?.Currency });
        row.Sums.Add(e);
    }
}
