using Gateway.Contracts.Names;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary><c>GET /v1/key</c> and <c>/v1/key/usage</c>: a client's own limits, spend and usage.</summary>
internal static class OwnKeyEndpoint
{
    /// <summary>The caller's own key</summary>
    /// <remarks>Limits, budget and spend of the key the request is made with.</remarks>
    public static Task GetAsync(HttpContext context) => SendAsync(context, "/self");

    /// <summary>Usage of the caller's own key</summary>
    /// <remarks>By day and model, this month so far, if nothing else is asked for.</remarks>
    /// <param name="from" example="2026-11-01">The first day (UTC).</param>
    /// <param name="to" example="2026-11-29">The last day (UTC), included.</param>
    /// <param name="groupBy" example="day,model">Any of day, model and provider, separated by commas.</param>
    /// <param name="format" example="json">json or csv.</param>
    public static Task UsageAsync(HttpContext context, string? from, string? to, string? groupBy, string? format) =>
        SendAsync(context, "/usage" + context.Request.QueryString.ToUriComponent());

    private static async Task SendAsync(HttpContext context, string what)
    {
        RequestIds.Of(context);
        var key = await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        await BillingForward.SendAsync(context, $"{InternalRoutes.Keys}/{Uri.EscapeDataString(key.Id)}{what}");
    }
}
