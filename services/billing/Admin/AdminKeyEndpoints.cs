using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Admin keys: who else may call this API, and what for.</summary>
internal static class AdminKeyEndpoints
{
    public static void Map(RouteGroupBuilder admins)
    {
        admins.MapPost("", CreateAsync).WithName("createAdminKey").WithMetadata(AdminRule.Admins);
        admins.MapGet("", ListAsync).WithName("listAdminKeys").WithMetadata(AdminRule.SeeAdmins);
        admins.MapGet("/{id}", GetAsync).WithName("getAdminKey").WithMetadata(AdminRule.SeeAdmins);
        admins.MapPost("/{id}/rotate", RotateAsync).WithName("rotateAdminKey").WithMetadata(AdminRule.Admins);
        admins.MapDelete("/{id}", RevokeAsync).WithName("revokeAdminKey").WithMetadata(AdminRule.Admins);
    }

    /// <summary>Create an admin key</summary>
    /// <remarks>The key itself is in this answer only. <c>GATEWAY_ADMIN_KEY</c> is an owner that is not listed here.</remarks>
    /// <param name="body">Whose it is, and what it may do. A member that is not known is refused.</param>
    /// <response code="201">The admin key, with <c>key</c>.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static async Task<Results<Created<AdminKeyView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<AdminKeySettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context)
    {
        if (once.Problem() is { } problem)
            return problem;
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Body = body.Text, IdempotencyKey = once.Value };
        var result = await KeyEndpoints.Directory(actors).CreateAdminAsync(command);
        IdempotencyKey.Mark(context.Response, result.Replayed);
        return result switch
        {
            { Admin: { } admin } => TypedResults.Created(
                $"{InternalRoutes.Admin}/admin-keys/{admin.Id}", AdminKeyView.Of(admin) with { Key = result.Secret }),
            { Conflict: { } why } => new ConflictProblem(why),
            _ => new InvalidProblem(result.Errors!),
        };
    }

    /// <summary>List admin keys</summary>
    /// <remarks>In the order they were made, revoked ones included.</remarks>
    public static async Task<Results<Ok<AdminKeyList>, InvalidProblem>> ListAsync([AsParameters] PageQuery page, IActorProxyFactory actors)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        var admins = await KeyEndpoints.Directory(actors).ListAdminsAsync(new ListQuery { After = page.After, Limit = limit });
        return admins.UnknownAfter
            ? new InvalidProblem("after", "There is no such admin key.")
            : TypedResults.Ok(new AdminKeyList
            {
                Data = [.. admins.Admins.Select(AdminKeyView.Of)],
                HasMore = admins.Next is not null,
                NextAfter = admins.Next,
            });
    }

    /// <summary>Get an admin key</summary>
    /// <remarks>What it may do; never the key itself.</remarks>
    /// <param name="id" example="admin_5RtYw3Lp">The admin key's id.</param>
    public static async Task<Results<Ok<AdminKeyView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        (await KeyEndpoints.Directory(actors).GetAdminAsync(new KeyCommand { Id = id })).Admin is { } admin
            ? TypedResults.Ok(AdminKeyView.Of(admin))
            : NotFound(id);

    /// <summary>Rotate an admin key</summary>
    /// <remarks>A new key at once, in this answer only; the old one stays good for an overlap. Role, scope and end stay as they are.</remarks>
    /// <param name="id" example="admin_5RtYw3Lp">The admin key's id.</param>
    /// <param name="body">How long the overlap is; without a body, a day.</param>
    /// <response code="200">The admin key, with the new <c>key</c>.</response>
    /// <response code="409">The admin key has been revoked.</response>
    public static async Task<Results<Ok<AdminKeyView>, InvalidProblem, NotFoundProblem, ConflictProblem>> RotateAsync(
        string id, JsonBody<RotateRequest>? body, IActorProxyFactory actors, HttpContext context)
    {
        if (!RotateRequest.TryRead(body?.Text, out var rotation, out var problem))
            return problem;
        var command = new KeyCommand { By = AdminGuard.CallerOf(context), Id = id, OverlapSeconds = rotation.OverlapSeconds };
        return await KeyEndpoints.Directory(actors).RotateAdminAsync(command) switch
        {
            { Conflict: { } why } => new ConflictProblem(why),
            { Admin: { } admin } result => TypedResults.Ok(
                AdminKeyView.Of(admin) with { Key = result.Secret, PreviousKeyExpiresAt = result.PreviousKeyExpiresAt }),
            _ => NotFound(id),
        };
    }

    /// <summary>Revoke an admin key</summary>
    /// <remarks>Refused everywhere within five seconds; its record stays. Again is no mistake.</remarks>
    /// <param name="id" example="admin_5RtYw3Lp">The admin key's id.</param>
    public static async Task<Results<Ok<AdminKeyView>, NotFoundProblem>> RevokeAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        (await KeyEndpoints.Directory(actors).RevokeAdminAsync(new KeyCommand { By = AdminGuard.CallerOf(context), Id = id })).Admin is { } admin
            ? TypedResults.Ok(AdminKeyView.Of(admin))
            : NotFound(id);

    private static NotFoundProblem NotFound(string id) => new($"admin key {id}");
}
