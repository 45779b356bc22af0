using System.Text.Json;
using Dapr.Client;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Billing.Admin.SpendLimits;
using Gateway.Billing.Keys;
using Gateway.Billing.SignIn;
using Gateway.Billing.Usage;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Gateway.Billing;

/// <summary>Keys, accounts, the usage subscriber and the admin API.</summary>
public static class BillingHost
{
    private static readonly TimeSpan ActorIdleTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan ActorScanInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ActorDrainTimeout = TimeSpan.FromSeconds(10);

    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Last changes to the builder, by whoever hosts the service: a test, or a process of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Billing);
        foreach (var name in (string[])[Bootstrap.AdminKeySetting, Bootstrap.ApiKeySetting])
        {
            if (Bootstrap.MistakeIn(name, builder.Configuration[name] is { Length: > 0 } key ? key : null) is { } mistake)
                throw new StartException(mistake);
        }

        var services = builder.Services;
        services.AddSidecarClient();
        services.AddActorProxies();
        services.AddActors(options =>
        {
            options.UseJsonSerialization = true;
            options.JsonSerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web);
            options.ActorIdleTimeout = ActorIdleTimeout;
            options.ActorScanInterval = ActorScanInterval;
            options.DrainOngoingCallTimeout = ActorDrainTimeout;
            options.DrainRebalancedActors = true;
            options.Actors.RegisterActor<AccountActor>(ActorTypes.Account);
            options.Actors.RegisterActor<RuleActor>(ActorTypes.Rule);
            options.Actors.RegisterActor<KeyDirectoryActor>(ActorTypes.KeyDirectory);
            options.Actors.RegisterActor<UsageIndexActor>(ActorTypes.UsageIndex);
            options.Actors.RegisterActor<EventFeedActor>(ActorTypes.EventFeed);
            options.Actors.RegisterActor<NoticesActor>(ActorTypes.Notices);
            options.Actors.RegisterActor<WebhookActor>(ActorTypes.Webhook);
            options.Actors.RegisterActor<DeadLettersActor>(ActorTypes.DeadLetters);
            options.Actors.RegisterActor<DeviceSignInActor>(ActorTypes.DeviceSignIn);
            options.Actors.RegisterActor<SessionActor>(ActorTypes.Session);
        });
        builder.AddSettings<AccountOptions>();
        builder.AddSettings<SignInOptions>();
        services.AddSingleton<InstallationHasher>();
        builder.AddSettings<WebhookOptions>();
        services.AddMetrics();
        services.AddSingleton<BillingMetrics>();
        services.AddSingleton<SidecarStarts>();
        services.AddSingleton<EventFeed>();
        services.AddSingleton<WebhookConnections>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<UsageRecorder>();
        services.AddAdmin();
        services.AddSingleton<RuleSettingsSource>();
        services.AddSingleton<QuotaAnnouncer>();
        services.AddHostedService(provider => provider.GetRequiredService<QuotaAnnouncer>());
        services.AddSingleton<Budgets>();
        services.AddSingleton<IBudgetCheck>(provider => provider.GetRequiredService<Budgets>());
        services.AddSingleton<PriceWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<PriceWatch>());
        services.AddSingleton<Bootstrap>();
        services.AddHostedService(provider => provider.GetRequiredService<Bootstrap>());
        services.AddHealthChecks()
            .AddCheck<Bootstrap>("setup")
            .AddCheck<PriceWatch>("prices")
            .Add(StoreCheck(ComponentNames.KeyStore))
            .Add(StoreCheck(ComponentNames.ActorStore));
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseAppApiToken();
        app.Services.GetRequiredService<SidecarStarts>().Map(app);
        app.UseAdminErrors();
        app.UseSpendLimitErrors();
        app.UseRouting();
        app.UseAdminGuard();
        app.MapHealth();
        app.MapMetrics();
        app.MapActorsHandlers();
        app.MapUsageEvents();
        app.MapAdmin();
        app.MapSpendLimits();
        return app;
    }

    private static HealthCheckRegistration StoreCheck(string store) =>
        new(store, p => new StateStoreCheck(p.GetRequiredService<DaprClient>(), store), null, null);
}
