using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin.SpendLimits;

/// <summary>What an account has spent in the day, week and month so far (UTC), in one currency.</summary>
internal sealed record KeySpend(decimal Day, decimal Week, decimal Month)
{
    public decimal this[BudgetPeriod period] => period switch { BudgetPeriod.Day => Day, BudgetPeriod.Week => Week, _ => Month };

    public static async Task<KeySpend> OfAsync(IAccountActor account, DateOnly today, string currency)
    {
        var (week, month) = (BudgetCalendar.Start(BudgetPeriod.Week, today), BudgetCalendar.Start(BudgetPeriod.Month, today));
        var usage = await account.GetUsageAsync(new UsageQuery { From = week < month ? week : month, To = today });
        return new(Since(today), Since(week), Since(month));

        decimal Since(DateOnly day) => usage.Rows.Where(r => r.Day >= day && r.Currency == currency).Sum(r => r.Sums.Cost);
    }
}
