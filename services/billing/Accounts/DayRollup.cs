using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Accounts;

/// <summary>One UTC day of an account: a row for each model, provider and currency.</summary>
internal static class DayRollup
{
    public static void Add(List<UsageRow> rows, DateOnly day, UsageEvent e)
    {
        var row = Find(rows, e);
        if (row is null)
            rows.Add(row = new UsageRow { Day = day, Model = e.Model, Provider = e.Provider, Currency = e.Cost?.Currency });
        row.Sums.Add(e);
    }

    private static UsageRow? Find(List<UsageRow> rows, UsageEvent e)
    {
        foreach (var row in rows)
        {
            if (row.Takes(e))
                return row;
        }

        return null;
    }
}
