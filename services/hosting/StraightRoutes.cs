using System.Collections.Frozen;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Gateway.Hosting;

/// <summary>
/// Nearly every request is a POST to one of a few paths without parameters. Where the path is one of them to the letter, its endpoint is found
/// by one look-up; every other request, and every other spelling, goes through routing.
/// </summary>
public static class StraightRoutes
{
    /// <summary>Stands where routing would: behind what every request passes, before the endpoints.</summary>
    public static void UseStraightRoutes(this WebApplication app)
    {
        // The endpoints are complete when the first request comes.
        var posts = new Lazy<FrozenDictionary<string, Endpoint>>(() => Read(app));
        app.Use(next => context =>
        {
            var request = context.Request;
            if (!HttpMethods.IsPost(request.Method) || !posts.Value.TryGetValue(request.Path.Value ?? "", out var endpoint))
                return next(context);
            context.SetEndpoint(endpoint);
            return endpoint.RequestDelegate!(context);
        });
        app.UseRouting();
    }

    private static FrozenDictionary<string, Endpoint> Read(IEndpointRouteBuilder app) => app.DataSources
        .SelectMany(source => source.Endpoints)
        .OfType<RouteEndpoint>()
        .Where(IsPlainPost)
        .GroupBy(endpoint => endpoint.RoutePattern.RawText!)
        .Where(same => same.Count() == 1)
        .ToFrozenDictionary(same => same.Key, Endpoint (same) => same.Single(), StringComparer.Ordinal);

    private static bool IsPlainPost(RouteEndpoint endpoint) =>
        endpoint is { RequestDelegate: not null, RoutePattern: { RawText: ['/', ..], Parameters.Count: 0 } }
        && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: ["POST"] };
}
