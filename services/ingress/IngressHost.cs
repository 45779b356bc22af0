using System.Text.Json;
using System.Text.Json.Serialization;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Gateway.Hosting.Leases;
using Gateway.Ingress.Endpoints;
using Gateway.Ingress.Keys;
using Gateway.Ingress.Managed;
using Gateway.Ingress.Metering;
using Gateway.Ingress.Otlp;
using Gateway.Ingress.Outbox;
using Gateway.Ingress.Quota;
using Gateway.Ingress.Relay;
using Gateway.Ingress.Requests;
using Gateway.Ingress.Safeguards;
using Gateway.Ingress.SignIn;

namespace Gateway.Ingress;

/// <summary>The front door: one HTTP surface for every Anthropic client, and the admin API.</summary>
public static class IngressHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Last changes to the builder, by whoever hosts the service: a test, or a process of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Ingress);
        builder.AddSettings<IngressOptions>();
        var services = builder.Services;
        services.AddSidecarClient();
        services.AddSingleton(p => UsageOutbox.Open(p.GetRequiredService<IngressOptions>(), p.GetRequiredService<ILogger<UsageOutbox>>()));
        services.AddSingleton(p => Quarantine.Of(p.GetRequiredService<IngressOptions>()));
        services.AddSingleton<SettlementWatch>();
        services.AddHostedService(p => p.GetRequiredService<SettlementWatch>());
        services.AddSingleton<OutboxPublisher>();
        services.AddHostedService(p =>
        {
            var publisher = p.GetRequiredService<OutboxPublisher>();
            publisher.Taken = p.GetRequiredService<SettlementWatch>().Published;
            return publisher;
        });
        services.AddAccountLeases(AppIds.Ingress);
        services.AddSingleton<RuleAccounts>();
        services.AddSingleton<QuotaQueue>();
        services.AddSingleton<QuotaGate>();
        services.AddSingleton<IBudgetCheck, BudgetCheck>();
        builder.AddSignIn();
        services.AddSingleton<KeyLookup>();
        services.AddSingleton<AdminLookup>();
        services.AddSingleton<OtlpOptions>();
        services.AddSingleton<OtlpRelay>();
        services.AddHostedService(p => p.GetRequiredService<OtlpRelay>());
        services.AddSingleton<KnownCallers>();
        services.AddSingleton<SettingsCopy>();
        services.AddHostedService(p => p.GetRequiredService<SettingsCopy>());
        services.AddSingleton<BodyBudget>();
        services.AddSingleton<RouteModes>();
        services.AddSingleton<NativeGaps>();
        services.AddSingleton<RouteClient>();
        services.AddSingleton<RouteRests>();
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<UsageRecorder>();
        services.AddSingleton<StreamRelay>();
        services.AddSingleton<MessageRelay>();
        services.AddSingleton<RouteChoice>();
        services.AddSingleton<Delivery>();
        services.AddSingleton<SafeguardsJudge>();
        services.AddSingleton<MessagesPipeline>();
        services.AddSingleton<ServicesCheck>();
        services.AddSingleton<KeyStoreCheck>();
        services.AddHealthChecks()
            .AddCheck<KeyStoreCheck>("keys").AddCheck<ServicesCheck>("services").AddCheck<OutboxCheck>("outbox").AddCheck<SettlementWatch>("settlement")
            .AddCheck<SettingsCopy>("settings");
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
        });
        services.AddOpenApi(ApiDocument.Name, ApiDocument.Configure);
        services.AddSingleton<AdminDocument>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseProxies();
        app.UseFrontDoor();
        app.UseErrorResponses(RequestIds.Known);
        app.UseAppApiToken(path => path.StartsWithSegments("/dapr"));
        app.UseRouting();
        app.UseWhen(static context => context.Request.Path == Telemetry.MetricsPath, static branch => branch.Use(AdminEndpoints.GuardAsync));
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApi();
        app.MapDocs();
        app.MapApi();
        app.MapSpend();
        app.MapManagedSettings();
        app.MapTelemetry();
        app.MapSignIn();
        app.MapAdmin();
        app.MapConsole();
        return app;
    }
}
