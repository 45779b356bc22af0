using System.Globalization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>Warnings before a budget's end, and when that will be.</summary>
internal sealed partial class AccountBook
{
    /// <summary>More only wait while the broker is away for weeks; then the oldest are no news.</summary>
    private const int MostWarnings = 100;
    private const int ForecastDays = 7;

    /// <summary>What lasts longer has no end that means anything.</summary>
    private const int LongestForecastDays = 3_650;

    /// <summary>Of a spend that began a moment ago, nothing can be said of a day.</summary>
    private static readonly TimeSpan LeastForecast = TimeSpan.FromHours(1);

    /// <summary>Notes the thresholds that are reached for the first time in this period.</summary>
    public void Warn(DateTimeOffset now)
    {
        if (state.Settings.Budget is not { WarnAtInForce: { Count: > 0 } thresholds } budget)
            return;
        var start = BudgetCalendar.Start(budget.Period, BudgetCalendar.Day(now));
        if (state.WarnedIn != start)
        {
            state.WarnedIn = start;
            state.Warned.Clear();
        }

        if (thresholds.All(state.Warned.Contains))
            return;
        var spent = Spent(budget, now);
        foreach (var percent in thresholds.Where(percent => !state.Warned.Contains(percent) && IsReached(percent, budget, spent)))
        {
            state.Warned.Add(percent);
            state.Warnings.Add(new BudgetWarning
            {
                Id = string.Create(CultureInfo.InvariantCulture, $"{accountId}/{start:yyyy-MM-dd}/{percent}/{budget.Amount}"),
                AccountId = accountId,
                Time = now,
                Percent = percent,
                Amount = budget.Amount,
                Spent = spent,
                Currency = budget.Currency,
                Period = budget.Period,
                ResetsAt = BudgetCalendar.Reset(budget.Period, BudgetCalendar.Day(now)),
                EndsOn = EndsOn(budget, spent, now),
            });
        }

        if (state.Warnings.Count > MostWarnings)
            state.Warnings.RemoveRange(0, state.Warnings.Count - MostWarnings);
    }

    /// <summary>The state with when its budget ends.</summary>
    public AccountStatus StatusWithForecast(DateTimeOffset now) => Status(now) is { Budget: { } standing } status
        ? status with { Budget = standing with { EndsOn = EndsOn(state.Settings.Budget!, standing.Spent, now) } }
        : Status(now);

    /// <summary>A budget that was changed warns of what its spend has not reached yet.</summary>
    private void ChangeWarnings(KeyBudget? before, DateTimeOffset now)
    {
        if (state.Settings.Budget is not { } budget || before is null || (budget.Period, budget.Currency) != (before.Period, before.Currency))
            state.WarnedIn = null;
        else
            state.Warned.RemoveAll(percent => !IsReached(percent, budget, Spent(budget, now)));
        Warn(now);
    }

    private static bool IsReached(int percent, KeyBudget budget, decimal spent) => spent >= budget.Amount * percent / 100;

    private DateOnly? EndsOn(KeyBudget budget, decimal spent, DateTimeOffset now)
    {
        var today = BudgetCalendar.Day(now);
        var days = state.Days.Where(d => d.Currency == budget.Currency && d.Day <= today && d.Day > today.AddDays(-ForecastDays)).ToList();
        var (left, sum) = (budget.Amount - spent, days.Sum(d => d.Spent));
        if (left <= 0 || sum <= 0)
            return null;
        var elapsed = now - new DateTimeOffset(days.Min(d => d.Day), TimeOnly.MinValue, TimeSpan.Zero);
        var perDay = sum / (decimal)(elapsed > LeastForecast ? elapsed : LeastForecast).TotalDays;
        if (left >= perDay * LongestForecastDays)
            return null;
        var end = now.AddDays((double)(left / perDay));
        return end < (BudgetCalendar.Reset(budget.Period, today) ?? DateTimeOffset.MaxValue) ? BudgetCalendar.Day(end) : null;
    }
}
