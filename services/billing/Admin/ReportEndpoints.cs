using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

internal static class ReportEndpoints
{
    /// <summary>Each day is an index to read.</summary>
    private const int MaxDays = 3 * 366;

    public static async Task<IResult> UsageAsync(string? from, string? to, string? groupBy, string? format, HttpRequest request, UsageReports reports, TimeProvider time)
    {
        if (!TryRead(from, to, groupBy, time, out var range, out var by, out var problem))
            return problem!;
        return Answer(await reports.AllAsync(range.From, range.To, by), by, format, request);
    }

    public static async Task<IResult> KeyUsageAsync(
        string id, string? from, string? to, string? groupBy, string? format, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time)
    {
        // A key that is not in the directory may have usage all the same: events are kept whoever they name.
        var known = (await KeyEndpoints.Directory(actors).GetKeyAsync(new Keys.KeyCommand { Id = id })).Key is not null;
        if (!known && (await Account(actors, id).GetBalanceAsync()).Events == 0)
            return Problems.NotFound($"key {id}");
        return await AccountUsageAsync(id, from, to, groupBy, format, request, reports, time);
    }

    public static async Task<IResult> AccountUsageAsync(string id, string? from, string? to, string? groupBy, string? format, HttpRequest request, UsageReports reports, TimeProvider time)
    {
        if (!TryRead(from, to, groupBy, time, out var range, out var by, out var problem))
            return problem!;
        return Answer(await reports.OfAsync([id], range.From, range.To, by), by, format, request);
    }

    public static async Task<IResult> KeyEventsAsync(string id, string? limit, string? after, IActorProxyFactory actors)
    {
        if (!Paging.TryLimit(limit, out var count, out var problem) || !Paging.TryAfter(after, out var last, out problem))
            return problem!;
        var page = await Account(actors, id).ListEventsAsync(new EventQuery { After = last, Limit = count });
        var list = new EventList { Data = page.ReadEvents(), HasMore = page.Next is not null, NextAfter = page.Next?.ToString(CultureInfo.InvariantCulture) };
        return Results.Json(list, AdminJson.Default.EventList);
    }

    private static IAccountActor Account(IActorProxyFactory actors, string id) => actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);

    private static IResult Answer(UsageReport report, UsageGrouping by, string? format, HttpRequest request)
    {
        var csv = format is null
            ? request.Headers.Accept.ToString().Contains("text/csv", StringComparison.OrdinalIgnoreCase)
            : string.Equals(format, "csv", StringComparison.OrdinalIgnoreCase);
        return csv ? Results.Text(UsageCsv.Write(report.Data, by), "text/csv; charset=utf-8") : Results.Json(report, AdminJson.Default.UsageReport);
    }

    /// <summary>Without <c>from</c> and <c>to</c>: this month so far.</summary>
    private static bool TryRead(string? from, string? to, string? groupBy, TimeProvider time, out (DateOnly From, DateOnly To) range, out UsageGrouping by, out IResult? problem)
    {
        var today = BudgetCalendar.Day(time.GetUtcNow());
        var errors = new Dictionary<string, string[]>();
        var last = Day("to", to, today);
        range = (Day("from", from, BudgetCalendar.Start(BudgetPeriod.Month, last)), last);
        if (errors.Count == 0 && range.From > range.To)
            errors["from"] = ["Not after to."];
        else if (errors.Count == 0 && range.To.DayNumber - range.From.DayNumber >= MaxDays)
            errors["from"] = [$"At most {MaxDays} days at once."];
        by = Grouping(groupBy);
        problem = errors.Count > 0 ? Problems.Invalid(errors) : null;
        return problem is null;

        DateOnly Day(string field, string? text, DateOnly fallback)
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

        UsageGrouping Grouping(string? text)
        {
            var all = UsageGrouping.None;
            foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                if (Enum.TryParse<UsageGrouping>(part, ignoreCase: true, out var one) && one != UsageGrouping.None && !char.IsAsciiDigit(part[0]))
                    all |= one;
                else
                    errors["groupBy"] = ["Any of key, team, organization, model, provider, day, separated by commas."];
            }

            const UsageGrouping Owners = UsageGrouping.Key | UsageGrouping.Team | UsageGrouping.Organization;
            if (System.Numerics.BitOperations.PopCount((uint)(all & Owners)) > 1)
                errors["groupBy"] = ["One of key, team and organization at a time."];
            return all;
        }
    }
}
