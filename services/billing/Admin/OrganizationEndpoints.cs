using Dapr.Actors.Client;
using Gateway.Contracts.Accounts;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Organisations: accounts that teams belong to.</summary>
internal static class OrganizationEndpoints
{
    private const string Prefix = AccountIds.OrganizationPrefix;

    public static void Map(RouteGroupBuilder organizations)
    {
        organizations.MapPost("", CreateAsync).WithName("createOrganization");
        organizations.MapGet("", ListAsync).WithName("listOrganizations");
        organizations.MapGet("/{id}", GetAsync).WithName("getOrganization");
        organizations.MapPatch("/{id}", ChangeAsync).WithName("changeOrganization");
        organizations.MapGet("/{id}/usage", UsageAsync).WithName("getOrganizationUsage");
    }

    /// <summary>Create an organisation</summary>
    /// <remarks>An account that teams belong to, with limits and a budget of its own; it has no <c>parent</c>.</remarks>
    /// <param name="body">Settings of the new organisation. A member that is not known is refused.</param>
    /// <response code="201">The organisation.</response>
    public static Task<Results<Created<GroupView>, InvalidProblem>> CreateAsync(JsonBody<GroupSettings> body, IActorProxyFactory actors) =>
        Groups.CreateAsync("organizations", body, organization: true, actors);

    /// <summary>List organisations</summary>
    /// <remarks>In the order they were made.</remarks>
    public static Task<Results<Ok<GroupList>, InvalidProblem>> ListAsync([AsParameters] PageQuery page, IActorProxyFactory actors) =>
        Groups.ListAsync(page, parent: null, organizations: true, actors);

    /// <summary>Get an organisation</summary>
    /// <remarks>Its limits and budget, and how they stand.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    public static Task<Results<Ok<GroupView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) => Groups.GetAsync(id, Prefix, actors);

    /// <summary>Change an organisation</summary>
    /// <remarks>A merge patch (RFC 7396): what is left out stays, <c>null</c> removes. In force everywhere within seconds.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    /// <param name="body">The settings to change. A member that is not known is refused.</param>
    public static Task<Results<Ok<GroupView>, InvalidProblem, NotFoundProblem>> ChangeAsync(
        string id, JsonBody<GroupSettings> body, IActorProxyFactory actors) =>
        Groups.ChangeAsync(id, Prefix, body, actors);

    /// <summary>Usage of an organisation</summary>
    /// <remarks>Of all its keys together, by whole UTC days, from roll-ups.</remarks>
    /// <param name="id" example="org:2PzVn8Wd">The organisation's id.</param>
    public static async Task<Results<Ok<UsageReport>, ContentHttpResult, InvalidProblem, NotFoundProblem>> UsageAsync(
        string id, [AsParameters] ReportQuery query, HttpRequest request, UsageReports reports, IActorProxyFactory actors, TimeProvider time) =>
        await Groups.FindAsync(id, Prefix, actors) is null
            ? Groups.NotFound(id)
            : await ReportEndpoints.AccountUsageAsync(id, query, request, reports, time);
}
