using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Access groups: named lists of models for the <c>models</c> of keys, teams and organisations.</summary>
internal static class AccessGroupEndpoints
{
    public static void Map(RouteGroupBuilder groups)
    {
        groups.MapPost("", CreateAsync).WithName("createAccessGroup").WithMetadata(AdminRule.Operate);
        groups.MapGet("", ListAsync).WithName("listAccessGroups").WithMetadata(AdminRule.SeeCatalog);
        groups.MapGet("/{id}", GetAsync).WithName("getAccessGroup").WithMetadata(AdminRule.SeeCatalog);
        groups.MapPatch("/{id}", ChangeAsync).WithName("changeAccessGroup").WithMetadata(AdminRule.Operate);
        groups.MapDelete("/{id}", DeleteAsync).WithName("deleteAccessGroup").WithMetadata(AdminRule.Operate);
    }

    /// <summary>Create an access group</summary>
    /// <remarks>A named list of models. <c>group:</c> and its name in the <c>models</c> of a key, team or organisation means all of them.</remarks>
    /// <param name="body">Its name and models. A member that is not known is refused.</param>
    /// <response code="201">The group.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static async Task<Results<Created<AccessGroupView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<AccessGroupSettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new AccessGroupCommand { By = AdminGuard.CallerOf(context), Body = body.Text, IdempotencyKey = once.Value };
        var result = await KeyEndpoints.Directory(actors).CreateAccessGroupAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Group: { } group } => TypedResults.Created($"{InternalRoutes.Admin}/access-groups/{group.Name}", group),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    /// <summary>List access groups</summary>
    /// <remarks>By name.</remarks>
    public static async Task<Results<Ok<AccessGroupList>, InvalidProblem>> ListAsync([AsParameters] PageQuery page, IActorProxyFactory actors)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        var groups = await KeyEndpoints.Directory(actors).ListAccessGroupsAsync(new ListQuery { After = page.After, Limit = limit });
        return groups.UnknownAfter
            ? new InvalidProblem("after", "There is no such group.")
            : TypedResults.Ok(new AccessGroupList { Data = groups.Groups, HasMore = groups.Next is not null, NextAfter = groups.Next });
    }

    /// <summary>Get an access group</summary>
    /// <remarks>Its models.</remarks>
    /// <param name="id" example="fast">The group's name.</param>
    public static async Task<Results<Ok<AccessGroupView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        (await KeyEndpoints.Directory(actors).GetAccessGroupAsync(new AccessGroupCommand { Name = id })).Group is { } group
            ? TypedResults.Ok(group)
            : NotFound(id);

    /// <summary>Change an access group</summary>
    /// <remarks>A merge patch (RFC 7396). In force everywhere within five seconds, wherever a list of models names it.</remarks>
    /// <param name="id" example="fast">The group's name.</param>
    /// <param name="body">The models from now on.</param>
    public static async Task<Results<Ok<AccessGroupView>, InvalidProblem, NotFoundProblem>> ChangeAsync(
        string id, JsonBody<AccessGroupSettings> body, IActorProxyFactory actors, HttpContext context)
    {
        var command = new AccessGroupCommand { By = AdminGuard.CallerOf(context), Name = id, Body = body.Text };
        return await KeyEndpoints.Directory(actors).UpdateAccessGroupAsync(command) switch
        {
            { Errors: { } errors } => new InvalidProblem(errors),
            { Group: { } group } => TypedResults.Ok(group),
            _ => NotFound(id),
        };
    }

    /// <summary>Delete an access group</summary>
    /// <remarks>
    /// Lists that name it stay as they are and mean no model by it, everywhere within five seconds: a key whose list has nothing else may use none. A new
    /// group of this name takes its place.
    /// </remarks>
    /// <param name="id" example="fast">The group's name.</param>
    /// <response code="200">The group as it was.</response>
    public static async Task<Results<Ok<AccessGroupView>, NotFoundProblem>> DeleteAsync(string id, IActorProxyFactory actors, HttpContext context)
    {
        var command = new AccessGroupCommand { By = AdminGuard.CallerOf(context), Name = id };
        return (await KeyEndpoints.Directory(actors).DeleteAccessGroupAsync(command)).Group is { } group ? TypedResults.Ok(group) : NotFound(id);
    }

    private static NotFoundProblem NotFound(string id) => new($"access group {id}");
}
