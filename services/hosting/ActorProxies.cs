using System.Text.Json;
using Dapr.Actors.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Hosting;

/// <summary>How this service calls actors: as JSON, through its sidecar.</summary>
public static class ActorProxies
{
    /// <summary>The key of the factory for calls that nobody waits for, or that have much to do.</summary>
    public const string Patient = "patient";

    /// <summary>One that hangs is given up in the end, and said again: the actor may have heard it.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    /// <summary>A factory whose calls end within <see cref="ServiceSettings.ActorWait"/>, and a <see cref="Patient"/> one.</summary>
    public static void AddActorProxies(this IServiceCollection services)
    {
        services.AddSingleton<IActorProxyFactory>(p => Create(p, Settings.Read<ServiceSettings>(p.GetRequiredService<IConfiguration>()).ActorWait));
        services.AddKeyedSingleton<IActorProxyFactory>(Patient, (p, _) => Create(p, LongestWait));
    }

    private static ActorProxyFactory Create(IServiceProvider provider, TimeSpan requestTimeout)
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
