using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Users: those who sign in at the company's identity provider. They are made by their first sign-in.</summary>
internal static class UserEndpoints
{
    public static void Map(RouteGroupBuilder users)
    {
        users.MapGet("", ListAsync).WithName("listUsers").WithMetadata(AdminRule.ListAccounts);
        users.MapGet("/{id}", GetAsync).WithName("getUser").WithMetadata(AdminRule.SeeAccount);
        users.MapPatch("/{id}", ChangeAsync).WithName("changeUser").WithMetadata(AdminRule.ChangeKey);
        users.MapDelete("/{id}", DeleteAsync).WithName("deleteUser").WithMetadata(AdminRule.ChangeKey);
        users.MapPost("/{id}/pause", PauseAsync).WithName("pauseUser").WithMetadata(AdminRule.ChangeKey);
        users.MapPost("/{id}/resume", ResumeAsync).WithName("resumeUser").WithMetadata(AdminRule.ChangeKey);
        users.MapPost("/{id}/sign-out", SignOutAsync).WithName("signOutUser").WithMetadata(AdminRule.ChangeKey);
        users.MapGet("/{id}/status", StatusAsync).WithName("getUserStatus").WithMetadata(AdminRule.SeeAccount);
        users.MapGet("/{id}/usage", UsageAsync).WithName("getUserUsage").WithMetadata(AdminRule.SeeAccount);
        users.MapGet("/{id}/events", EventsAsync).WithName("listUserEvents").WithMetadata(AdminRule.SeeAccount);
    }

    /// <summary>List users</summary>
    /// <remarks>In the order of their first sign-in, deleted ones included. With a filter a page may be short and still have more.</remarks>
    /// <param name="teamId" example="team:7FhXk2Qp">Only users of this team.</param>
    /// <param name="search" example="ada@">
    /// Only users with this in their name, address, id, or id at the identity provider, whatever its capitals.
    /// </param>
    public static async Task<Results<Ok<UserList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? teamId, string? search, IActorProxyFactory actors, HttpContext context)
    {
        if (!page.TryLimit(out var limit, out var problem))
            return problem!;
        if (teamId is { Length: 0 })
            return new InvalidProblem("teamId", "A team's id; leave the parameter out for users of all teams.");
        if (page.After is { } after && !AccountIds.IsUser(after))
            return new InvalidProblem("after", "There is no such user.");
        var query = new ListQuery
        {
            After = page.After,
            Limit = limit,
            Parent = teamId,
            Search = PageQuery.Search(search),
            Scope = AdminGuard.CallerOf(context).Scope,
        };
        var users = await KeyEndpoints.Directory(actors).ListUsersAsync(query);
        return users.UnknownAfter
            ? new InvalidProblem("after", "There is no such user.")
            : TypedResults.Ok(new UserList { Data = users.Users, HasMore = users.Next is not null, NextAfter = users.Next });
    }

    /// <summary>Get a user</summary>
    /// <remarks>Who it is, its limits, budget and settings.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    public static async Task<Results<Ok<UserView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        await FindAsync(id, actors) is { } user ? TypedResults.Ok(user) : NotFound(id);

    /// <summary>Change a user</summary>
    /// <remarks>
    /// A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds. A team that is given here stays until the
    /// rules for signing in give the user another than they did.
    /// </remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    /// <param name="body">The settings to change, as a key's. A member that is not known is refused.</param>
    /// <response code="409">The user has been deleted.</response>
    public static Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, JsonBody<KeySettings> body, IActorProxyFactory actors, HttpContext context) => DoAsync(id, UserAction.Update, actors, context, body.Text);

    /// <summary>Delete a user</summary>
    /// <remarks>
    /// Refused everywhere within five seconds, and cannot sign in any more; its record and usage stay. To keep somebody out for a while, pause the user. Again
    /// is no mistake.
    /// </remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    /// <response code="409">The user is an admin, and you are a team's.</response>
    public static Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> DeleteAsync(
        string id, IActorProxyFactory actors, HttpContext context) => DoAsync(id, UserAction.Delete, actors, context);

    /// <summary>Pause a user</summary>
    /// <remarks>Refused everywhere within five seconds (403), until it is resumed; requests that are running are finished. Again is no mistake.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    /// <response code="409">The user has been deleted.</response>
    public static Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> PauseAsync(
        string id, IActorProxyFactory actors, HttpContext context) => DoAsync(id, UserAction.Pause, actors, context);

    /// <summary>Resume a user</summary>
    /// <remarks>A paused user's requests are answered again within five seconds. Again is no mistake.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    /// <response code="409">The user has been deleted.</response>
    public static Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ResumeAsync(
        string id, IActorProxyFactory actors, HttpContext context) => DoAsync(id, UserAction.Resume, actors, context);

    /// <summary>Sign a user out</summary>
    /// <remarks>Ends all its sessions, on every machine, within five seconds: after a lost laptop, say. The user may sign in again.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    /// <response code="409">The user is an admin, and you are a team's.</response>
    public static Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> SignOutAsync(
        string id, IActorProxyFactory actors, HttpContext context) => DoAsync(id, UserAction.SignOut, actors, context);

    /// <summary>State of a user</summary>
    /// <remarks>What is left of its limits and budget, and of those of its team and organisation: what it sees itself at <c>GET /v1/key</c>.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    public static async Task<Results<Ok<KeySelf>, NotFoundProblem>> StatusAsync(string id, IActorProxyFactory actors) =>
        await KeyEndpoints.StatusAsync(id, actors);

    /// <summary>Usage of a user</summary>
    /// <remarks>By whole UTC days, from roll-ups.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> UsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time) =>
        await FindAsync(id, actors) is null ? NotFound(id) : await ReportEndpoints.AccountUsageAsync(id, query, request, reports, time);

    /// <summary>Usage events of a user</summary>
    /// <remarks>Each request as it was recorded.</remarks>
    /// <param name="id" example="user:9Kd2LmPq">The user's id.</param>
    public static Task<Results<Ok<EventList>, InvalidProblem>> EventsAsync(string id, [AsParameters] PageQuery page, IActorProxyFactory actors) =>
        ReportEndpoints.KeyEventsAsync(id, page, actors);

    private static async Task<UserView?> FindAsync(string id, IActorProxyFactory actors) =>
        (await KeyEndpoints.Directory(actors).ChangeUserAsync(new UserCommand { Id = id })).User;

    private static async Task<Results<Ok<UserView>, InvalidProblem, NotFoundProblem, ConflictProblem>> DoAsync(
        string id, UserAction action, IActorProxyFactory actors, HttpContext context, string? body = null) =>
        await ChangedAsync(id, action, actors, context, body) switch
        {
            { Errors: { } errors } => new InvalidProblem(errors),
            { Conflict: { } why } => new ConflictProblem(why),
            { User: { } user } => TypedResults.Ok(user),
            _ => NotFound(id),
        };

    private static Task<UserResult> ChangedAsync(string id, UserAction action, IActorProxyFactory actors, HttpContext context, string? body = null) =>
        KeyEndpoints.Directory(actors).ChangeUserAsync(new UserCommand { Id = id, By = AdminGuard.CallerOf(context), Action = action, Body = body });

    private static NotFoundProblem NotFound(string id) => new($"user {id}");
}
