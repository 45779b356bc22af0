using Dapr.Actors;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>What calls to teams and to organisations do alike.</summary>
internal static class Groups
{
    public static async Task<Results<Created<GroupView>, InvalidProblem, ConflictProblem>> CreateAsync(
        bool organization, JsonBody<GroupSettings> body, IdempotencyKey once, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new GroupCommand
        {
            By = AdminGuard.CallerOf(context),
            Body = body.Text,
            Organization = organization,
            IdempotencyKey = once.Value,
        };
        var result = await KeyEndpoints.Directory(actors).CreateGroupAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Group: { } group } => TypedResults.Created($"{InternalRoutes.Admin}/{(organization ? "organizations" : "teams")}/{group.Id}", group),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    public static async Task<Results<Ok<GroupList>, InvalidProblem>> ListAsync(
        PageQuery page, string? parent, string? search, bool organizations, IActorProxyFactory actors, HttpContext context)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        var query = new ListQuery
        {
            After = page.After,
            Limit = limit,
            Parent = parent,
            Search = PageQuery.Search(search),
            Organizations = organizations,
            Scope = AdminGuard.CallerOf(context).Scope,
        };
        var groups = await KeyEndpoints.Directory(actors).ListGroupsAsync(query);
        return groups.UnknownAfter
            ? new InvalidProblem("after", "There is no such id.")
            : TypedResults.Ok(new GroupList { Data = groups.Groups, HasMore = groups.Next is not null, NextAfter = groups.Next });
    }

    /// <param name="id">The group's id.</param>
    /// <param name="prefix">What ids of its kind begin with: a team is not found among the organisations.</param>
    /// <param name="actors">Where the group and its account are.</param>
    public static async Task<Results<Ok<GroupView>, NotFoundProblem>> GetAsync(string id, string prefix, IActorProxyFactory actors)
    {
        if (await FindAsync(id, prefix, actors) is not { } group)
            return NotFound(id);
        var status = await actors.CreateActorProxy<IAccountActor>(new ActorId(id), ActorTypes.Account).GetStatusAsync();
        return TypedResults.Ok(group with { Status = status });
    }

    public static async Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, string prefix, JsonBody<GroupSettings> body, IActorProxyFactory actors, HttpContext context) => IsOf(id, prefix)
        ? Answer(id, await KeyEndpoints.Directory(actors).UpdateGroupAsync(new GroupCommand { By = AdminGuard.CallerOf(context), Id = id, Body = body.Text }))
        : NotFound(id);

    public static async Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> PauseAsync(
        string id, string prefix, bool paused, IActorProxyFactory actors, HttpContext context) => IsOf(id, prefix)
        ? Answer(id, await KeyEndpoints.Directory(actors).PauseGroupAsync(new GroupCommand { By = AdminGuard.CallerOf(context), Id = id, Paused = paused }))
        : NotFound(id);

    public static async Task<Results<Ok<GroupView>, NotFoundProblem>> DeleteAsync(
        string id, string prefix, IActorProxyFactory actors, HttpContext context) =>
        IsOf(id, prefix)
        && (await KeyEndpoints.Directory(actors).DeleteGroupAsync(new GroupCommand { By = AdminGuard.CallerOf(context), Id = id })).Group is { } group
            ? TypedResults.Ok(group)
            : NotFound(id);

    public static async Task<GroupView?> FindAsync(string id, string prefix, IActorProxyFactory actors) =>
        IsOf(id, prefix) ? (await KeyEndpoints.Directory(actors).GetGroupAsync(new GroupCommand { Id = id })).Group : null;

    public static NotFoundProblem NotFound(string id) => new($"group {id}");

    private static bool IsOf(string id, string prefix) => id.StartsWith(prefix, StringComparison.Ordinal);

    private static Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem> Answer(string id, GroupResult result) => result switch
    {
        { Errors: { } errors } => new InvalidProblem(errors),
        { Conflict: { } why } => new ConflictProblem(why),
        { Group: { } group } => TypedResults.Ok(group),
        _ => NotFound(id),
    };
}
