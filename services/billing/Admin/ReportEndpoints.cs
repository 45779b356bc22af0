using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Admin.Reconciliation;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

internal static class ReportEndpoints
{
    public static void Map(RouteGroupBuilder admin)
    {
        admin.MapGet("/usage", UsageAsync).WithName("getUsage").WithMetadata(AdminRule.SeeAllUsage);
        admin.MapGet("/prices", PriceEndpoints.List).WithName("listPrices").WithMetadata(AdminRule.SeeCatalog);
        admin.MapGet("/reconciliation", ReconciliationEndpoints.GetAsync).WithName("reconcile").WithMetadata(AdminRule.SeeAllUsage);
    }

    /// <summary>Usage</summary>
    /// <remarks>
    /// Of all keys, by whole UTC days, from roll-ups; grouped by team or organisation, of those. Several fields at once are separated by commas:
    /// <c>key</c>, <c>team</c> or <c>organization</c>, <c>model</c>, <c>provider</c>, <c>day</c>, <c>hour</c>, <c>user</c>, <c>session</c>,
    /// <c>agent</c>, <c>request_class</c> and <c>tag:</c> with a tag's name.
    /// </remarks>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem>> UsageAsync(
        [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, TimeProvider time)
    {
        if (!query.TryRead(time.GetUtcNow(), out var from, out var to, out var by, out var problem))
            return problem!;
        try
        {
            var report = await reports.AllAsync(from, to, by);
            return query.IsCsv(request) ? Csv(report, by) : TypedResults.Ok(report);
        }
        catch (ReportTooLargeException e)
        {
            return e.Problem;
        }
    }

    /// <summary>Usage of a key</summary>
    /// <remarks>By whole UTC days, from roll-ups.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> KeyUsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time)
    {
        // A key that is not in the directory may have usage all the same: events are kept whoever they name.
        var known = (await KeyEndpoints.Directory(actors).GetKeyAsync(new KeyCommand { Id = id })).Key is not null;
        return !known && (await Account(actors, id).GetBalanceAsync()).Events == 0
            ? new NotFoundProblem($"key {id}")
            : await AccountUsageAsync(id, query, request, reports, time);
    }

    /// <summary>Usage events of a key</summary>
    /// <remarks>Each request as it was recorded.</remarks>
    /// <param name="id" example="key_4QmVXb2s">The key's id.</param>
    public static async Task<Results<Ok<EventList>, InvalidProblem>> KeyEventsAsync(string id, [AsParameters] PageQuery page, IActorProxyFactory actors)
    {
        if (!page.TryNumbers(out var limit, out var after, out var problem))
            return problem!;
        var events = await Account(actors, id).ListEventsAsync(new EventQuery { After = after, Limit = limit });
        var next = events.Next?.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(new EventList { Data = events.ReadEvents(), HasMore = next is not null, NextAfter = next });
    }

    /// <summary>What a key's holder sees of its usage: by day and model, unless he asks otherwise.</summary>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> OwnUsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, TimeProvider time)
    {
        if (!AccountIds.IsPossible(id) || AccountIds.IsSum(id))
            return new NotFoundProblem($"key {id}");
        query = query with { GroupBy = query.GroupBy ?? "day,model" };
        return query.TryRead(time.GetUtcNow(), out _, out _, out var by, out _) && by.Has(UsageGrouping.Key | UsageGrouping.Team | UsageGrouping.Organization)
            ? new InvalidProblem("groupBy", "Anything but key, team and organization: it is one key's usage.")
            : await AccountUsageAsync(id, query, request, reports, time);
    }

    /// <summary>The report of an account that is known to be there.</summary>
    public static Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> AccountUsageAsync(
        string id, ReportQuery query, HttpRequest request, UsageReports reports, TimeProvider time) => AccountsUsageAsync([id], query, request, reports, time);

    /// <summary>The report of several together.</summary>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> AccountsUsageAsync(
        IReadOnlyCollection<string> ids, ReportQuery query, HttpRequest request, UsageReports reports, TimeProvider time)
    {
        if (!query.TryRead(time.GetUtcNow(), out var from, out var to, out var by, out var problem))
            return problem!;
        try
        {
            var report = await reports.OfAsync(ids, from, to, by);
            return query.IsCsv(request) ? Csv(report, by) : TypedResults.Ok(report);
        }
        catch (ReportTooLargeException e)
        {
            return e.Problem;
        }
    }

    private static ContentHttpResult Csv(UsageReport report, UsageGroups by) => TypedResults.Text(UsageCsv.Write(report.Data, by), "text/csv; charset=utf-8");

    private static IAccountActor Account(IActorProxyFactory actors, string id) => actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account);
}
