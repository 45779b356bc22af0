using Dapr.Actors.Client;
using Gateway.Billing.Keys;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Gateway.Billing.Admin;

/// <summary>Lets an admin call through whose caller, named by ingress, may make it.</summary>
internal static class AdminGuard
{
    public static void UseAdminGuard(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments(InternalRoutes.Admin), branch => branch.Use(next => async context =>
        {
            if (await RefusalAsync(context) is { } refusal)
                await refusal.ExecuteAsync(context);
            else
                await next(context);
        }));

    /// <summary>Who makes the call.</summary>
    public static AdminCaller CallerOf(HttpContext context) => context.Features.Get<AdminCaller>()!;

    private static async Task<ProblemHttpResult?> RefusalAsync(HttpContext context)
    {
        if (AdminCaller.OfHeader(context.Request.Headers[GatewayHeaders.Admin]) is not { } caller)
            return Problems.Of(401, "Nobody is named who makes this call.", "Admin calls come through ingress, which says who makes them.");
        context.Features.Set(caller);
        if (context.GetEndpoint() is not RouteEndpoint { Metadata: var metadata })
            return null;
        var rule = metadata.GetMetadata<AdminRule>() ?? AdminRule.Admins;
        if (rule.MistakeIn(caller) is { } mistake)
            return Refused(mistake);
        return caller.Scope is { } scope && rule.Reach == AdminReach.Named ? await OutsideAsync(context, scope) : null;
    }

    /// <summary>What a scope names is set by others; what is in it is the admin's.</summary>
    private static async Task<ProblemHttpResult?> OutsideAsync(HttpContext context, IReadOnlyList<string> scope)
    {
        var id = context.GetRouteValue("id") as string ?? "";
        var directory = KeyEndpoints.Directory(context.RequestServices.GetRequiredService<IActorProxyFactory>());
        if (!AccountIds.IsPossible(id) || !await directory.IsInScopeAsync(new ScopeQuery { Id = id, Scope = scope }))
            return Problems.Of(StatusCodes.Status404NotFound, $"There is no {id} in what your admin key is for.");
        return !HttpMethods.IsGet(context.Request.Method) && scope.Contains(id)
            ? Refused($"{id} is what your admin key is for: it can change what is in it, and not itself.")
            : null;
    }

    private static ProblemHttpResult Refused(string why) => Problems.Of(StatusCodes.Status403Forbidden, AdminRule.Refused, why);
}
