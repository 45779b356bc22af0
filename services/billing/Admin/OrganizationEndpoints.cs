using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Organisations: accounts that teams belong to.</summary>
internal static class OrganizationEndpoints
{
    private const string Prefix = AccountIds.OrganizationPrefix;

    public static void Map(RouteGroupBuilder organizations)
    {
        organizations.MapPost("", CreateAsync).WithName("createOrganization").WithMetadata(AdminRule.Operate);
        organizations.MapGet("", ListAsync).WithName("listOrganizations").WithMetadata(AdminRule.ListAccounts);
        organizations.MapGet("/{id}", GetAsync).WithName("getOrganization").WithMetadata(AdminRule.SeeAccount);
        organizations.MapPatch("/{id}", ChangeAsync).WithName("changeOrganization").WithMetadata(AdminRule.ChangeGroup);
        organizations.MapDelete("/{id}", DeleteAsync).WithName("deleteOrganization").WithMetadata(AdminRule.ChangeGroup);
        organizations.MapPost("/{id}/pause", PauseAsync).WithName("pauseOrganization").WithMetadata(AdminRule.ChangeGroup);
        organizations.MapPost("/{id}/resume", ResumeAsync).WithName("resumeOrganization").WithMetadata(AdminRule.ChangeGroup);
        organizations.MapGet("/{id}/usage", UsageAsync).WithName("getOrganizationUsage").WithMetadata(AdminRule.SeeAccount);
    }

    /// <summary>Create an organisation</summary>
    /// <remarks>An account that teams belong to, with limits and a budget of its own; it has no <c>parent</c>.</remarks>
    /// <param name="body">Settings of the new organisation. A member that is not known is refused.</param>
    /// <response code="201">The organisation.</response>
    /// <response code="409">The idempotency key has been used for another body.</response>
    public static Task<Results<Created<GroupView>, InvalidProblem, ConflictProblem>> CreateAsync(
        JsonBody<GroupSettings> body, [AsParameters] IdempotencyKey once, IActorProxyFactory actors, HttpContext context) =>
        Groups.CreateAsync(organization: true, body, once, actors, context);

    /// <summary>List organisations</summary>
    /// <remarks>In the order they were made. With a filter a page may be short and still have more.</remarks>
    /// <param name="search" example="company">Only organisations with this in their name or id, whatever its capitals.</param>
    public static Task<Results<Ok<GroupList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? search, IActorProxyFactory actors, HttpContext context) =>
        Groups.ListAsync(page, parent: null, search, organizations: true, actors, context);

    /// <summary>Get an organisation</summary>
    /// <remarks>Its limits and budget, and how they stand.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    public static Task<Results<Ok<GroupView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) => Groups.GetAsync(id, Prefix, actors);

    /// <summary>Change an organisation</summary>
    /// <remarks>A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    /// <response code="409">The organisation has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ChangeAsync(
        string id, JsonBody<GroupSettings> body, IActorProxyFactory actors, HttpContext context) =>
        Groups.ChangeAsync(id, Prefix, body, actors, context);

    /// <summary>Delete an organisation</summary>
    /// <remarks>
    /// The keys of its teams are refused everywhere within five seconds (401). They stay as they are: one that is moved to another team works again.
    /// The record and the usage stay, the name is free. Again is no mistake.
    /// </remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    public static Task<Results<Ok<GroupView>, NotFoundProblem>> DeleteAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.DeleteAsync(id, Prefix, actors, context);

    /// <summary>Pause an organisation</summary>
    /// <remarks>All its keys are refused everywhere within five seconds (403), until it is resumed; requests that are running are finished.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    /// <response code="409">The organisation has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> PauseAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.PauseAsync(id, Prefix, paused: true, actors, context);

    /// <summary>Resume an organisation</summary>
    /// <remarks>Keys of a paused organisation work again within five seconds, but for those that are paused themselves.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    /// <response code="409">The organisation has been deleted.</response>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem, ConflictProblem>> ResumeAsync(
        string id, IActorProxyFactory actors, HttpContext context) =>
        Groups.PauseAsync(id, Prefix, paused: false, actors, context);

    /// <summary>Usage of an organisation</summary>
    /// <remarks>Of all its keys together, by whole UTC days, from roll-ups.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> UsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time) =>
        await Groups.FindAsync(id, Prefix, actors) is null
            ? Groups.NotFound(id)
            : await ReportEndpoints.AccountUsageAsync(id, query, request, reports, time);
}
