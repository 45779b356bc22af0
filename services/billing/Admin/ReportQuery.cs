using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;
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

    private const string TagPrefix = "tag:";

    /// <summary>As many as a request can have.</summary>
    private const int MaxTags = 16;

    private static readonly FrozenDictionary<string, UsageGrouping> Fields = new Dictionary<string, UsageGrouping>
    {
        ["key"] = UsageGrouping.Key,
        ["team"] = UsageGrouping.Team,
        ["organization"] = UsageGrouping.Organization,
        ["model"] = UsageGrouping.Model,
        ["provider"] = UsageGrouping.Provider,
        ["day"] = UsageGrouping.Day,
        ["hour"] = UsageGrouping.Hour,
        ["user"] = UsageGrouping.User,
        ["session"] = UsageGrouping.Session,
        ["agent"] = UsageGrouping.Agent,
        ["request_class"] = UsageGrouping.RequestClass,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private const UsageGrouping Owners = UsageGrouping.Key | UsageGrouping.Team | UsageGrouping.Organization;

    /// <summary>Without <c>from</c> and <c>to</c>: this month so far.</summary>
    public bool TryRead(DateTimeOffset now, out DateOnly from, out DateOnly to, out UsageGroups by, out InvalidProblem? problem)
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

    private UsageGroups Grouping(Dictionary<string, string[]> errors)
    {
        var all = UsageGrouping.None;
        var tags = new List<string>();
        foreach (var part in (GroupBy ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.StartsWith(TagPrefix, StringComparison.OrdinalIgnoreCase) && TagNames.IsName(part[TagPrefix.Length..]))
            {
                all |= UsageGrouping.Tag;
                if (!tags.Contains(part[TagPrefix.Length..]))
                    tags.Add(part[TagPrefix.Length..]);
            }
            else if (Fields.TryGetValue(part, out var one))
            {
                all |= one;
            }
            else
            {
                errors["groupBy"] =
                    ["Any of key, team, organization, model, provider, day, hour, user, session, agent, request_class, tag:<name>, separated by commas."];
            }
        }

        if (tags.Count > MaxTags)
            errors["groupBy"] = [$"At most {MaxTags} tags at once."];
        if (BitOperations.PopCount((uint)(all & Owners)) > 1)
            errors["groupBy"] = ["One of key, team and organization at a time."];
        return new(all, tags);
    }
}
