using System.Text.Json;
using Dapr;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.AspNetCore.Builder;

public static class DaprEndpointRouteBuilderExtensions
{
    /// <summary>Tells the sidecar, on <c>GET /dapr/subscribe</c>, which endpoints take which topics.</summary>
    public static IEndpointConventionBuilder MapSubscribeHandler(this IEndpointRouteBuilder endpoints) => Map(endpoints, null);

    public static IEndpointConventionBuilder MapSubscribeHandler(this IEndpointRouteBuilder endpoints, SubscribeOptions options) => Map(endpoints, options);

    private static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, SubscribeOptions? options)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapGet("dapr/subscribe", async (HttpContext context) =>
        {
            var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("DaprTopicSubscription");
            var declared = context.RequestServices.GetRequiredService<EndpointDataSource>().Endpoints;
            var subscriptions = SubscriptionList.Of(declared, options, logger);

            // No content type: the official handler sets none.
            await JsonSerializer.SerializeAsync(context.Response.Body, subscriptions, SubscriptionJson.Default.ListSubscription, context.RequestAborted);
        });
    }
}
