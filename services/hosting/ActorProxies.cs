using System.Text.Json;
using Dapr.Actors.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting;

/// <summary>How this service calls actors: as JSON, through its sidecar.</summary>
public static class ActorProxies
{
    /// <param name="services">Of the service.</param>
    /// <param name="requestTimeout">After which a call is given up; null: the client's own, 100 s.</param>
    public static void AddActorProxies(this IServiceCollection services, TimeSpan? requestTimeout = null) =>
        services.AddSingleton<IActorProxyFactory>(provider => Create(provider, requestTimeout));

    private static ActorProxyFactory Create(IServiceProvider provider, TimeSpan? requestTimeout)
    {
        var configuration = provider.GetRequiredService<IConfiguration>();
        var options = new ActorProxyOptions
        {
            HttpEndpoint = Sidecar.HttpEndpoint(configuration),
            DaprApiToken = Sidecar.ApiToken(configuration),
            RequestTimeout = requestTimeout,
            UseJsonSerialization = true,
            JsonSerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web),
        };
        return new ActorProxyFactory(options, provider.GetRequiredService<SidecarTransport>().Handler);
    }
}
