using Dapr.Actors.Runtime;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

public static class ActorsEndpointRouteBuilderExtensions
{
    /// <summary>Maps the endpoints by which the sidecar learns of, calls, reminds and deactivates actors, and <c>/healthz</c>.</summary>
    public static IEndpointConventionBuilder MapActorsHandlers(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var runtime = endpoints.ServiceProvider.GetService<ActorRuntime>() ?? throw new InvalidOperationException(
            "The ActorRuntime service is not registered with the dependency injection container. Call AddActors() to register the actor runtime and actor types.");

        var handlers = new ActorEndpoints(runtime);
        return new CompositeConvention(
        [
            endpoints.MapGet("dapr/config", handlers.ConfigAsync),
            endpoints.MapDelete("actors/{actorTypeName}/{actorId}", handlers.DeactivateAsync),
            endpoints.MapPut("actors/{actorTypeName}/{actorId}/method/{methodName}", handlers.InvokeAsync),
            endpoints.MapPut("actors/{actorTypeName}/{actorId}/method/remind/{reminderName}", handlers.RemindAsync),
            endpoints.MapPut("actors/{actorTypeName}/{actorId}/method/timer/{timerName}", handlers.FireTimerAsync),
            MapHealth(endpoints),
        ]);
    }

    // After everything else: an app's own /healthz wins.
    private static IEndpointConventionBuilder MapHealth(IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapHealthChecks("/healthz").WithMetadata(new AllowAnonymousAttribute());
        health.Add(builder => ((RouteEndpointBuilder)builder).Order = 100);
        return health;
    }

    private sealed class CompositeConvention(IReadOnlyList<IEndpointConventionBuilder> builders) : IEndpointConventionBuilder
    {
        public void Add(Action<EndpointBuilder> convention)
        {
            foreach (var builder in builders) builder.Add(convention);
        }
    }
}
