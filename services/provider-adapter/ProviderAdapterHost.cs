using System.Text;
using Dapr.Client;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Hosting.Leases;
using Gateway.ProviderAdapter.Calls;
using Gateway.ProviderAdapter.Clouds;
using Gateway.ProviderAdapter.Credentials;
using Gateway.ProviderAdapter.Providers;
using Gateway.ProviderAdapter.Web;

namespace Gateway.ProviderAdapter;

/// <summary>Calls the providers. The only service that knows their URLs and holds their credentials.</summary>
public static class ProviderAdapterHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Last changes to the builder, by whoever hosts the service: a test, or a process of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.ProviderAdapter);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Byte for byte what the other side wrote, also outside ASCII.
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            // Both ends of this hop are ours, and its pace is that of the client at the far end: who is too slow is decided at the front door.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var services = builder.Services;
        builder.AddSettings<BreakerOptions>();
        services.AddSingleton<UpstreamRegistry>();
        services.AddSidecarClient();
        services.AddSingleton<ReadSecret>(provider =>
        {
            var dapr = provider.GetRequiredService<DaprClient>();
            return (name, cancellationToken) => dapr.GetSecretAsync(ComponentNames.SecretStore, name, cancellationToken: cancellationToken);
        });
        services.AddSingleton<SecretMask>();
        services.AddSingleton<SecretSource>();
        services.AddSingleton<ReadToken>(CloudLibraries.TokenAsync);
        services.AddSingleton<ReadKeys>(CloudLibraries.KeysAsync);
        services.AddSingleton<CloudKeys>();
        services.AddHealthChecks().AddCheck<CloudKeysCheck>("cloud credentials");
        services.AddAccountLeases(AppIds.ProviderAdapter);
        services.AddSingleton<ProviderPlaces>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<UpstreamMetrics>();
        services.AddSingleton<WebSearch>();
        services.AddSingleton<WebFetch>();
        services.AddSingleton<WebEndpoints>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseErrorResponses(static context => context.Request.Headers[GatewayHeaders.RequestId]);
        app.UseAppApiToken();
        app.UseRouting();
        app.MapHealth();
        app.MapMetrics();
        var forwarder = app.Services.GetRequiredService<Forwarder>();
        // Nobody asks for it: it observes.
        app.Services.GetRequiredService<UpstreamMetrics>();
        app.MapPost(InternalRoutes.Call, (RequestDelegate)forwarder.HandleAsync);
        app.MapGet(InternalRoutes.Providers, ProviderReport.Get);
        var web = app.Services.GetRequiredService<WebEndpoints>();
        app.MapPost(InternalRoutes.Search, web.SearchAsync);
        app.MapPost(InternalRoutes.Fetch, web.FetchAsync);
        return app;
    }
}
