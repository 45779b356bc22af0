using System.Globalization;
using System.Text.Json;
using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

internal static class AuditEndpoints
{
    public static void Map(RouteGroupBuilder audit) => audit.MapGet("", ListAsync).WithName("listAudit").WithMetadata(AdminRule.Inspect);

    /// <summary>The audit trail</summary>
    /// <remarks>Who has changed what, with how it was before and after; never with a key. Also on the topic <c>audit</c>.</remarks>
    /// <param name="actor" example="admin_5RtYw3Lp">Only what this admin has done: an admin key's id, <c>owner</c> or <c>gateway</c>.</param>
    /// <param name="target" example="key_4QmVXb2s">Only what was done to this.</param>
    /// <param name="order" example="newest">Which come first, <c>oldest</c> (if nothing is said) or <c>newest</c>.</param>
    public static async Task<Results<Ok<AuditList>, InvalidProblem>> ListAsync(
        [AsParameters] PageQuery page, string? actor, string? target, string? order, IActorProxyFactory actors)
    {
        if (!page.TryNumbers(out var limit, out var after, out var problem))
            return problem!;
        if (order is not (null or "oldest" or "newest"))
            return new InvalidProblem("order", "oldest or newest.");
        var query = new AuditQuery { After = after, Limit = limit, Newest = order == "newest", Actor = actor, Target = target };
        var found = await KeyEndpoints.Directory(actors).ListAuditAsync(query);
        var next = found.Next?.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(new AuditList { Data = found.Events, HasMore = next is not null, NextAfter = next });
    }

    /// <summary>A change that another service has made.</summary>
    public static async Task<IResult> KeepAsync(HttpRequest request, IActorProxyFactory actors)
    {
        using var body = await RequestBodies.ReadAsync(request);
        await KeyEndpoints.Directory(actors).AddAuditAsync(JsonSerializer.Deserialize<AuditNote>(body.WrittenSpan, JsonSerializerOptions.Web)!);
        return Results.NoContent();
    }

    /// <summary>Keeps a change that is about to be made outside of the key directory.</summary>
    public static Task AddAsync(HttpContext context, IActorProxyFactory actors, string action, string target, object? before = null, object? after = null) =>
        KeyEndpoints.Directory(actors).AddAuditAsync(new AuditNote
        {
            By = AdminGuard.CallerOf(context),
            Action = action,
            Target = target,
            Before = before is null ? null : JsonSerializer.SerializeToElement(before, JsonSerializerOptions.Web),
            After = after is null ? null : JsonSerializer.SerializeToElement(after, JsonSerializerOptions.Web),
        });
}
