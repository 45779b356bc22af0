using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Teams: accounts that keys belong to.</summary>
internal static class TeamEndpoints
{
    private const string Prefix = AccountIds.TeamPrefix;

    public static void Map(RouteGroupBuilder teams)
    {
        teams.MapPost("", CreateAsync).WithName("createTeam").WithMetadata(AdminRule.MakeTeams);
        teams.MapGet("", ListAsync).WithName("listTeams").WithMetadata(AdminRule.ListAccounts);
        teams.MapGet("/{id}", GetAsync).WithName("getTeam").WithMetadata(AdminRule.SeeAccount);
        teams.MapPatch("/{id}", ChangeAsync).WithName("changeTeam").WithMetadata(AdminRule.ChangeGroup);
        teams.MapDelete("/{id}", DeleteAsync).WithName("deleteTeam").WithMetadata(AdminRule.ChangeGroup);
        teams.MapPost("/{id}/pause", PauseAsync).WithName("pauseTeam").WithMetadata(AdminRule.ChangeGroup);
        teams.MapPost("/{id}/resume", ResumeAsync).WithName("resumeTeam").WithMetadata(AdminRule.ChangeGroup);
        teams.MapGet("/{id}/usage", UsageAsync).WithName("getTeamUsage").WithMetadata(AdminRule.SeeAccount);
    }

    /// <summary>Create a team</summary>
    /// <remarks>An account that keys belong to, with limits and a budget of its own; <c>parent</c> may be an organisation.</remarks>
    /// <param name="body">Settings of the new team. A member that is not known is refused.</param>
    /// <response code="201">The team.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static Task<Results<Created<GroupView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<GroupSettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context) =>
        Groups.CreateAsync(organization: false, body, once, actors, context);

    /// <summary>List teams</summary>
    /// <remarks>In the order they were made. With a filter a page may be short and still have more.</remarks>
    /// <param name="parent" example="org:2PzVn8Wd">Only teams of this organisation.</param>
    /// <param name="search" example="search">Only teams with this in their name or id, whatever its capitals.</param>
    public static async Task<Results<Ok<GroupList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? parent, string? search, IActorProxyFactory actors, HttpContext context) =>
        parent is { Length: 0 }
            ? new InvalidProblem("parent", "An organisation's id; leave the parameter out for teams of all organisations.")
            : await Groups.ListAsync(page, parent, search, organizations: false, actors, context);

    /// <summary>Get a team</summary>
    /// <remarks>Its limits and budget, and how they stand.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    public static Task<Results<Ok<GroupView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) => Groups.GetAsync(id, Prefix, actors);

    /// <summary>Change a team</summary>
    /// <remarks>A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    /// <response code="409">The team has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, JsonBody<GroupSettings> body, IActorProxyFactory actors, HttpContext context) =>
        Groups.ChangeAsync(id, Prefix, body, actors, context);

    /// <summary>Delete a team</summary>
    /// <remarks>
    /// Its keys are refused everywhere within five seconds (401). They stay as they are: one that is moved to another team works again.
    /// The record and the usage stay, the name is free. Again is no mistake.
    /// </remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    public static Task<Results<Ok<GroupView>, NotFoundProblem>> DeleteAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.DeleteAsync(id, Prefix, actors, context);

    /// <summary>Pause a team</summary>
    /// <remarks>All its keys are refused everywhere within five seconds (403), until it is resumed; requests that are running are finished.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    /// <response code="409">The team has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> PauseAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.PauseAsync(id, Prefix, paused: true, actors, context);

    /// <summary>Resume a team</summary>
    /// <remarks>Keys of a paused team work again within five seconds, but for those that are paused themselves.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    /// <response code="409">The team has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ResumeAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.PauseAsync(id, Prefix, paused: false, actors, context);

    /// <summary>Usage of a team</summary>
    /// <remarks>Of all its keys together, by whole UTC days, from roll-ups.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The team's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> UsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time) =>
        await Groups.FindAsync(id, Prefix, actors) is null
            ? Groups.NotFound(id)
            : await ReportEndpoints.AccountUsageAsync(id, query, request, reports, time);
}
