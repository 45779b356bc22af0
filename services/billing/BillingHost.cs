using System.Text.Json;
using Dapr.Client;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Billing.Keys;
using Gateway.Billing.Usage;
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

    public static WebApplication Build(string[] args) => Build(args, TimeProvider.System);

    /// <param name="args">Settings, as on the command line.</param>
    /// <param name="time">The clock of buckets, budgets and leases.</param>
    internal static WebApplication Build(string[] args, TimeProvider time)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Billing);
        var services = builder.Services;
        services.AddSingleton(time);
        services.AddDaprClient();
        services.AddActors(options =>
        {
            options.UseJsonSerialization = true;
            options.JsonSerializerOptions = new JsonSerializerOptions(JsonSerializerDefaults.Web);
            options.ActorIdleTimeout = ActorIdleTimeout;
            options.ActorScanInterval = ActorScanInterval;
            options.DrainOngoingCallTimeout = ActorDrainTimeout;
            options.DrainRebalancedActors = true;
            options.Actors.RegisterActor<AccountActor>(ActorTypes.Account);
            options.Actors.RegisterActor<KeyDirectoryActor>(ActorTypes.KeyDirectory);
            options.Actors.RegisterActor<UsageIndexActor>(ActorTypes.UsageIndex);
            options.Actors.RegisterActor<DeadLettersActor>(ActorTypes.DeadLetters);
        });
        services.AddSingleton(AccountOptions.From(builder.Configuration));
        services.AddMetrics();
        services.AddSingleton<BillingMetrics>();
        services.AddSingleton<UsageRecorder>();
        services.AddAdmin();
        services.AddSingleton<QuotaAnnouncer>();
        services.AddHostedService(provider => provider.GetRequiredService<QuotaAnnouncer>());
        services.AddSingleton<Bootstrap>();
        services.AddHostedService(provider => provider.GetRequiredService<Bootstrap>());
        services.AddHealthChecks()
            .AddCheck<Bootstrap>("setup")
            .Add(StoreCheck(ComponentNames.KeyStore))
            .Add(StoreCheck(ComponentNames.ActorStore));

        var app = builder.Build();
        app.UseAppApiToken();
        app.UseCloudEvents();
        app.UseAdminErrors();
        app.UseStraightRoutes();
        app.MapHealth();
        app.MapActorsHandlers();
        app.MapUsageEvents();
        app.MapAdmin();
        return app;
    }

    private static HealthCheckRegistration StoreCheck(string store) =>
        new(store, p => new StateStoreCheck(p.GetRequiredService<DaprClient>(), store), null, null);
}
