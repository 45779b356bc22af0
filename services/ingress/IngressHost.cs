using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Ingress.Endpoints;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Outbox;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Relay;

namespace Gateway.Ingress;

/// <summary>The front door: one HTTP surface for every Anthropic client, and the admin API.</summary>
public static class IngressHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Replaces services: the clock, the host's life.</param>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Ingress);
        var options = IngressOptions.From(builder.Configuration);
        var services = builder.Services;
        services.AddDaprClient();
        services.AddSingleton(options);
        services.AddSingleton(_ => new UsageOutbox(OutboxSlot.Take(options.OutboxDirectory), options.OutboxSync));
        services.AddSingleton<OutboxPublisher>();
        services.AddHostedService(p => p.GetRequiredService<OutboxPublisher>());
        services.AddSingleton<LeaseCounters>();
        services.AddSingleton<AccountLeases>();
        services.AddHostedService(p => p.GetRequiredService<AccountLeases>());
        services.AddSingleton<QuotaGate>();
        services.AddSingleton<KeyLookup>();
        services.AddSingleton<ServiceClients>();
        services.AddSingleton<RouteCall>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<UsageRecorder>();
        services.AddSingleton<StreamRelay>();
        services.AddSingleton<WholeRelay>();
        services.AddSingleton<MessagesPipeline>();
        services.AddHealthChecks().AddCheck<KeyStoreCheck>("keys");
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
        services.AddSingleton<AdminDocument>();
        configure?.Invoke(services);

        var app = builder.Build();
        app.UseFrontDoor();
        app.UseAppApiToken(path => path.StartsWithSegments("/dapr"));
        app.UseStraightRoutes();
        app.MapHealth();
        app.MapOpenApi();
        app.MapDocs();
        app.MapApi();
        app.MapAdmin();
        return app;
    }
}
