using Dapr;
using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

public static class ActorsServiceCollectionExtensions
{
    public static void AddActors(this IServiceCollection? services, Action<ActorRuntimeOptions>? configure, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddRouting();
        services.AddHealthChecks();
        services.TryAdd(new ServiceDescriptor(typeof(ActorRuntime), provider => new ActorRuntime(
            OptionsOf(provider),
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<IServiceScopeFactory>(),
            provider.GetRequiredService<IActorProxyFactory>()), lifetime));
        services.TryAdd(new ServiceDescriptor(typeof(IActorProxyFactory), provider =>
        {
            var options = OptionsOf(provider);
            return new ActorProxyFactory(new ActorProxyOptions
            {
                JsonSerializerOptions = options.JsonSerializerOptions,
                DaprApiToken = options.DaprApiToken,
                HttpEndpoint = options.HttpEndpoint,
                UseJsonSerialization = options.UseJsonSerialization,
            });
        }, lifetime));
        if (configure is not null) services.Configure(configure);
    }

    private static ActorRuntimeOptions OptionsOf(IServiceProvider provider)
    {
        var options = provider.GetRequiredService<IOptions<ActorRuntimeOptions>>().Value;
        var configuration = provider.GetService<IConfiguration>();
        if (string.IsNullOrWhiteSpace(options.DaprApiToken)) options.DaprApiToken = Sidecar.ApiToken(configuration);
        if (string.IsNullOrWhiteSpace(options.HttpEndpoint)) options.HttpEndpoint = Sidecar.HttpEndpoint(configuration);
        return options;
    }
}
