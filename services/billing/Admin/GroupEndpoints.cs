using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Admin;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

/// <summary>Teams and organisations: the same shape, a team may have an organisation as its parent.</summary>
internal static class GroupEndpoints
{
    public static void Map(RouteGroupBuilder routes, bool organizations)
    {
        var prefix = organizations ? AccountIds.OrganizationPrefix : AccountIds.TeamPrefix;
        routes.MapPost("", (HttpRequest request, IActorProxyFactory actors) => CreateAsync(request, actors, organizations));
        routes.MapGet("", (string? limit, string? after, string? parent, IActorProxyFactory actors) => ListAsync(limit, after, parent, actors, organizations));
        routes.MapGet("/{id}", (string id, IActorProxyFactory actors) => GetAsync(id, prefix, actors));
        routes.MapPatch("/{id}", (string id, HttpRequest request, IActorProxyFactory actors) => UpdateAsync(id, prefix, request, actors));
        routes.MapGet("/{id}/usage", async (string id, string? from, string? to, string? groupBy, string? format, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time) =>
            await FindAsync(id, prefix, actors) is null
                ? Problems.NotFound($"group {id}")
                : await ReportEndpoints.AccountUsageAsync(id, from, to, groupBy, format, request, reports, time));
    }

    private static async Task<IResult> CreateAsync(HttpRequest request, IActorProxyFactory actors, bool organizations)
    {
        var body = await KeyEndpoints.BodyAsync(request);
        var result = await KeyEndpoints.Directory(actors).CreateGroupAsync(new GroupCommand { Body = body, Organization = organizations });
        return result.Group is { } group
            ? Results.Json(group, AdminJson.Default.GroupView, statusCode: StatusCodes.Status201Created)
            : Problems.Invalid(result.Errors!);
    }

    private static async Task<IResult> ListAsync(string? limit, string? after, string? parent, IActorProxyFactory actors, bool organizations)
    {
        if (!Paging.TryLimit(limit, out var count, out var problem))
            return problem!;
        var page = await KeyEndpoints.Directory(actors).ListGroupsAsync(new ListQuery { After = after, Limit = count, Parent = parent, Organizations = organizations });
        return page.UnknownAfter
            ? Problems.Invalid("after", "There is no such id.")
            : Results.Json(new GroupList { Data = page.Groups, HasMore = page.Next is not null, NextAfter = page.Next }, AdminJson.Default.GroupList);
    }

    private static async Task<IResult> GetAsync(string id, string prefix, IActorProxyFactory actors)
    {
        if (await FindAsync(id, prefix, actors) is not { } group)
            return Problems.NotFound($"group {id}");
        var status = await actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account).GetStatusAsync();
        return Results.Json(group with { Status = status }, AdminJson.Default.GroupView);
    }

    private static async Task<GroupView?> FindAsync(string id, string prefix, IActorProxyFactory actors) =>
        id.StartsWith(prefix, StringComparison.Ordinal) ? (await KeyEndpoints.Directory(actors).GetGroupAsync(new GroupCommand { Id = id })).Group : null;

    private static async Task<IResult> UpdateAsync(string id, string prefix, HttpRequest request, IActorProxyFactory actors)
    {
        if (!id.StartsWith(prefix, StringComparison.Ordinal))
            return Problems.NotFound($"group {id}");
        var body = await KeyEndpoints.BodyAsync(request);
        var result = await KeyEndpoints.Directory(actors).UpdateGroupAsync(new GroupCommand { Id = id, Body = body });
        return result switch
        {
            { Errors: { } errors } => Problems.Invalid(errors),
            { Group: { } group } => Results.Json(group, AdminJson.Default.GroupView),
            _ => Problems.NotFound($"group {id}"),
        };
    }
}
