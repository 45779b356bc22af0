using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.ManagedSettings;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Managed settings of Claude Code: for everybody, an organisation, a team, a user.</summary>
internal static class ManagedSettingsEndpoints
{
    private const string Path = "/managed-settings";

    public static void Map(RouteGroupBuilder admin)
    {
        admin.MapGet(Path, GetForAllAsync).WithName("getManagedSettings").WithMetadata(AdminRule.Inspect);
        admin.MapPut(Path, SetForAllAsync).WithName("setManagedSettings").WithMetadata(AdminRule.Operate);
        admin.MapDelete(Path, RemoveForAllAsync).WithName("removeManagedSettings").WithMetadata(AdminRule.Operate);
        MapGroup(admin.MapGroup("/organizations/{id}" + Path), "Organization", AccountIds.OrganizationPrefix);
        MapGroup(admin.MapGroup("/teams/{id}" + Path), "Team", AccountIds.TeamPrefix);
        MapGroup(admin.MapGroup("/users/{id}" + Path), "User", AccountIds.UserPrefix);
        admin.MapGet("/keys/{id}" + Path + "/effective", EffectiveAsync).WithName("getEffectiveKeyManagedSettings").WithMetadata(AdminRule.SeeAccount);
    }

    private static void MapGroup(RouteGroupBuilder group, string kind, string prefix)
    {
        group.AddEndpointFilter((context, next) =>
            context.HttpContext.GetRouteValue("id") is string id && id.StartsWith(prefix, StringComparison.Ordinal)
                ? next(context)
                : ValueTask.FromResult<object?>(Groups.NotFound($"{context.HttpContext.GetRouteValue("id")}")));
        group.MapGet("", GetAsync).WithName($"get{kind}ManagedSettings").WithMetadata(AdminRule.SeeAccount);
        group.MapPut("", SetAsync).WithName($"set{kind}ManagedSettings").WithMetadata(AdminRule.ChangeGroup);
        group.MapDelete("", RemoveAsync).WithName($"remove{kind}ManagedSettings").WithMetadata(AdminRule.ChangeGroup);
        group.MapGet("/effective", EffectiveAsync).WithName($"getEffective{kind}ManagedSettings").WithMetadata(AdminRule.SeeAccount);
    }

    /// <summary>Get managed settings for everybody</summary>
    /// <remarks>What organisations and teams build upon.</remarks>
    public static Task<Results<Ok<ManagedSettingsView>, NotFoundProblem>> GetForAllAsync(IActorProxyFactory actors) =>
        GetAsync(SettingsDocument.Everybody, actors);

    /// <summary>Set managed settings for everybody</summary>
    /// <remarks>Replaces the document, which organisations and teams build upon. In force everywhere within five seconds.</remarks>
    /// <param name="body">The settings, at most 64 KiB.</param>
    /// <response code="409">There is no room for it.</response>
    public static Task<Results<Ok<ManagedSettingsView>, InvalidProblem, NotFoundProblem, ConflictProblem>> SetForAllAsync(
        JsonBody<ManagedSettingsBody> body, IActorProxyFactory actors, HttpContext context) => SetAsync(SettingsDocument.Everybody, body, actors, context);

    /// <summary>Remove managed settings for everybody</summary>
    /// <remarks>Those of organisations and teams stay. Again is no mistake.</remarks>
    public static Task<Results<NoContent, NotFoundProblem>> RemoveForAllAsync(IActorProxyFactory actors, HttpContext context) =>
        RemoveAsync(SettingsDocument.Everybody, actors, context);

    /// <summary>Get managed settings</summary>
    /// <remarks>The document as it was set; what its members get stands under <c>effective</c>.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The id of a team, an organisation or a user.</param>
    public static async Task<Results<Ok<ManagedSettingsView>, NotFoundProblem>> GetAsync(string id, IActorProxyFactory actors) =>
        await KeyEndpoints.Directory(actors).GetSettingsAsync(new ManagedSettingsCommand { Id = id }) switch
        {
            { Found: false } => Groups.NotFound(id),
            { Entry: { } entry } => TypedResults.Ok(ManagedSettingsView.Of(entry)),
            _ => new NotFoundProblem($"document of managed settings for {id}"),
        };

    /// <summary>Set managed settings</summary>
    /// <remarks>
    /// Replaces the document. It is laid over that of the team, the organisation and everybody: lists of what is denied, and hooks, are taken together,
    /// <c>env</c>, <c>permissions</c>, <c>modelOverrides</c> and <c>skillOverrides</c> name by name, all else is replaced. In force everywhere within five
    /// seconds.
    /// </remarks>
    /// <param name="id" example="team:7FhXk2Qp">The id of a team, an organisation or a user.</param>
    /// <param name="body">The settings, at most 64 KiB.</param>
    /// <response code="409">It has been deleted, or there is no room for it.</response>
    public static async Task<Results<Ok<ManagedSettingsView>, InvalidProblem, NotFoundProblem, ConflictProblem>> SetAsync(
        string id, JsonBody<ManagedSettingsBody> body, IActorProxyFactory actors, HttpContext context)
    {
        var command = new ManagedSettingsCommand { By = AdminGuard.CallerOf(context), Id = id, Body = body.Text };
        return await KeyEndpoints.Directory(actors).SetSettingsAsync(command) switch
        {
            { Errors: { } errors } => new InvalidProblem(errors),
            { Conflict: { } why } => new ConflictProblem(why),
            { Entry: { } entry } => TypedResults.Ok(ManagedSettingsView.Of(entry)),
            _ => Groups.NotFound(id),
        };
    }

    /// <summary>Remove managed settings</summary>
    /// <remarks>What is wider holds alone then. Again is no mistake.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The id of a team, an organisation or a user.</param>
    public static async Task<Results<NoContent, NotFoundProblem>> RemoveAsync(string id, IActorProxyFactory actors, HttpContext context) =>
        (await KeyEndpoints.Directory(actors).SetSettingsAsync(new ManagedSettingsCommand { By = AdminGuard.CallerOf(context), Id = id })).Found
            ? TypedResults.NoContent()
            : Groups.NotFound(id);

    /// <summary>What managed settings come to</summary>
    /// <remarks>The documents of everybody, the organisation, the team and the user as one, as Claude Code gets them.</remarks>
    /// <param name="id" example="team:7FhXk2Qp">The id of a team, an organisation, a user or a key.</param>
    public static async Task<Results<Ok<EffectiveSettingsView>, NotFoundProblem>> EffectiveAsync(string id, IActorProxyFactory actors)
    {
        var result = await KeyEndpoints.Directory(actors).GetEffectiveSettingsAsync(new ManagedSettingsCommand { Id = id });
        return result.Found
            ? TypedResults.Ok(new EffectiveSettingsView
            {
                Id = id,
                From = result.From!,
                Settings = result.Entry is { } entry ? ManagedSettingsView.Parse(entry.Text) : null,
                Checksum = result.Entry?.Checksum,
            })
            : new NotFoundProblem(id);
    }
}
