using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Accounts;

/// <summary>A budget's periods on the UTC calendar (rule F30): no daylight saving, weeks begin on Monday.</summary>
internal static class BudgetCalendar
{
    /// <summary>The day the period of <paramref name="day"/> begins.</summary>
    public static DateOnly Start(BudgetPeriod period, DateOnly day) => period switch
    {
        BudgetPeriod.Day => day,
        BudgetPeriod.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
        BudgetPeriod.Month => new DateOnly(day.Year, day.Month, 1),
        _ => DateOnly.MinValue,
    };

    /// <summary>When the next period begins; null when there is none.</summary>
    public static DateTimeOffset? Reset(BudgetPeriod period, DateOnly day)
    {
        var start = Start(period, day);
        DateOnly? next = period switch
        {
            BudgetPeriod.Day => start.AddDays(1),
            BudgetPeriod.Week => start.AddDays(7),
            BudgetPeriod.Month => start.AddMonths(1),
            _ => null,
        };
        return next is { } first ? new DateTimeOffset(first, TimeOnly.MinValue, TimeSpan.Zero) : null;
    }

    public static DateOnly Day(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);
}
