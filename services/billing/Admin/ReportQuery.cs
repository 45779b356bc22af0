using System.Globalization;
using System.Numerics;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Gateway.Billing.Admin;

/// <summary>The query parameters of every usage report. They are read as text, so that a mistake can be told by its name.</summary>
internal readonly record struct ReportQuery(
    [FromQuery(Name = "from")] string? From,
    [FromQuery(Name = "to")] string? To,
    [FromQuery(Name = "groupBy")] string? GroupBy,
    [FromQuery(Name = "format")] string? Format)
{
    /// <summary>Each day is an index to read.</summary>
    private const int MaxDays = 3 * 366;

    private const UsageGrouping Owners = UsageGrouping.Key | UsageGrouping.Team | UsageGrouping.Organization;

    /// <summary>Without <c>from</c> and <c>to</c>: this month so far.</summary>
    public bool TryRead(DateTimeOffset now, out DateOnly from, out DateOnly to, out UsageGrouping by, out InvalidProblem? problem)
    {
        var errors = new Dictionary<string, string[]>();
        to = Day("to", To, BudgetCalendar.Day(now), errors);
        from = Day("from", From, BudgetCalendar.Start(BudgetPeriod.Month, to), errors);
        if (errors.Count == 0 && from > to)
            errors["from"] = ["Not after to."];
        else if (errors.Count == 0 && to.DayNumber - from.DayNumber >= MaxDays)
            errors["from"] = [$"At most {MaxDays} days at once."];
        by = Grouping(errors);
        if (Format is not null && !IsFormat("csv") && !IsFormat("json"))
            errors["format"] = ["csv or json."];
        problem = errors.Count > 0 ? new(errors) : null;
        return problem is null;
    }

    public bool IsCsv(HttpRequest request) =>
        Format is null ? request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase) : IsFormat("csv");

    private bool IsFormat(string format) => string.Equals(Format, format, StringComparison.OrdinalIgnoreCase);

    private static DateOnly Day(string field, string? text, DateOnly fallback, Dictionary<string, string[]> errors)
    {
        if (string.IsNullOrEmpty(text))
            return fallback;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return day;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment))
            return BudgetCalendar.Day(moment);
        errors[field] = ["A day as in 2026-01-31, or a time whose UTC day is meant."];
        return fallback;
    }

    private UsageGrouping Grouping(Dictionary<string, string[]> errors)
    {
        var all = UsageGrouping.None;
        foreach (var part in (GroupBy ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (Enum.TryParse<UsageGrouping>(part, ignoreCase: true, out var one) && one != UsageGrouping.None && !char.IsAsciiDigit(part[0]))
                all |= one;
            else
                errors["groupBy"] = ["Any of key, team, organization, model, provider, day, separated by commas."];
        }

        if (BitOperations.PopCount((uint)(all & Owners)) > 1)
            errors["groupBy"] = ["One of key, team and organization at a time."];
        return all;
    }
}
