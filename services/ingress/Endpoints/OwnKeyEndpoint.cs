using Gateway.Ingress.Keys;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress.Endpoints;

/// <summary><c>GET /v1/key</c>: a client's own limits and spend.</summary>
internal static class OwnKeyEndpoint
{
    /// <summary>The caller's own key</summary>
    /// <remarks>Limits, budget and spend of the key the request is made with.</remarks>
    public static async Task GetAsync(HttpContext context)
    {
        RequestIds.Of(context);
        var key = await context.RequestServices.GetRequiredService<KeyLookup>().AuthenticateAsync(context.Request, context.RequestAborted);
        await BillingForward.SendAsync(context, $"/keys/{Uri.EscapeDataString(key.Id)}/self");
    }
}
