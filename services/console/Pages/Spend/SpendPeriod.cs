using System.Globalization;

namespace Gateway.AdminConsole.Pages.Spend;

/// <summary>Whole days, UTC, both ends in it.</summary>
public readonly record struct SpendPeriod(DateOnly From, DateOnly To)
{
    private const int UsualDays = 30;

    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>As many days that end where this begins.</summary>
    public SpendPeriod Before => new(From.AddDays(-Math.Min(Days, From.DayNumber)), From.AddDays(-1));

    /// <summary>What is no day is the last thirty's.</summary>
    public static SpendPeriod Read(string? from, string? to, DateOnly today)
    {
        var last = Day(to) ?? today;
        var first = Day(from) ?? last.AddDays(1 - UsualDays);
        return first <= last ? new(first, last) : new(last, first);
    }

    private static DateOnly? Day(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year > 2000 ? day : null;
}
