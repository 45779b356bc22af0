using Dapr;
using Gateway.Contracts.Names;

namespace Gateway.Billing.Admin;

/// <summary>
/// The admin API under the paths at which ingress shows it. Ingress has checked the admin key and only passes calls on; nothing else can
/// reach this port where <c>APP_API_TOKEN</c> is set.
/// </summary>
internal static class AdminEndpoints
{
    public static void MapAdmin(this WebApplication app)
    {
        var admin = app.MapGroup(InternalRoutes.Admin).AddEndpointFilter(AnswerFailuresAsync);
        admin.MapPost("/keys", KeyEndpoints.CreateAsync);
        admin.MapGet("/keys", KeyEndpoints.ListAsync);
        admin.MapGet("/keys/{id}", KeyEndpoints.GetAsync);
        admin.MapPatch("/keys/{id}", KeyEndpoints.UpdateAsync);
        admin.MapDelete("/keys/{id}", KeyEndpoints.RevokeAsync);
        admin.MapPost("/keys/{id}/rotate", KeyEndpoints.RotateAsync);
        admin.MapGet("/keys/{id}/usage", ReportEndpoints.KeyUsageAsync);
        admin.MapGet("/keys/{id}/events", ReportEndpoints.KeyEventsAsync);
        admin.MapGet("/keys/{id}/status", KeyEndpoints.SelfAsync);
        app.MapGet(InternalRoutes.Keys + "/{id}/self", KeyEndpoints.SelfAsync).AddEndpointFilter(AnswerFailuresAsync);

        GroupEndpoints.Map(admin.MapGroup("/teams"), organizations: false);
        GroupEndpoints.Map(admin.MapGroup("/organizations"), organizations: true);

        admin.MapGet("/usage", ReportEndpoints.UsageAsync);
        admin.MapGet("/reconciliation", ReconciliationEndpoint.GetAsync);
        admin.MapGet("/dead-letters", DeadLetterEndpoints.ListAsync);
        admin.MapPost("/dead-letters/replay", DeadLetterEndpoints.ReplayAllAsync);
        admin.MapGet("/dead-letters/{id}", DeadLetterEndpoints.GetAsync);
        admin.MapPost("/dead-letters/{id}/replay", DeadLetterEndpoints.ReplayAsync);
        admin.MapDelete("/dead-letters/{id}", DeadLetterEndpoints.DiscardAsync);
    }

    private static async ValueTask<object?> AnswerFailuresAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception e) when (e is DaprException or HttpRequestException)
        {
            var log = context.HttpContext.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(AdminEndpoints).FullName!);
            Log.AdminFailed(log, context.HttpContext.Request.Path, e);
            return Problems.Unavailable();
        }
    }
}
