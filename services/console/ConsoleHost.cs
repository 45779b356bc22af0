using Gateway.AdminConsole.Api;
using Gateway.AdminConsole.Live;
using Gateway.AdminConsole.Pages.Live;
using Gateway.AdminConsole.Pages.Overview;
using Gateway.AdminConsole.Pages.Spend;
using Gateway.AdminConsole.Sessions;
using Gateway.AdminConsole.Web;
using Gateway.Contracts.Names;
using Gateway.Hosting;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace Gateway.AdminConsole;

/// <summary>The web page of the gateway: a client of the admin API like any other, and a subscriber of its topics.</summary>
public static class ConsoleHost
{
    /// <param name="args">Settings as <c>--NAME=value</c>, over the environment.</param>
    /// <param name="configure">Last changes to the builder, by whoever hosts the service: a test, or a process of several services.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = ServiceHost.CreateBuilder(args, AppIds.Console);
        builder.AddSettings<ConsoleOptions>();
        var services = builder.Services;
        services.AddSidecarClient();
        // They lie in a store of the console's own, which nothing warns of; whoever reads that reads the keys of all accounts beside it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        services.AddDataProtection().SetApplicationName(AppIds.Console);
        services.AddSingleton<ProtectionKeys>();
        services.AddOptions<KeyManagementOptions>().Configure<ProtectionKeys>(static (options, keys) => options.XmlRepository = keys);
        services.AddAntiforgery(ConsoleCookies.ConfigureForms);
        services.AddRazorComponents();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<FailedSignIns>();
        services.AddSingleton<LiveRequests>();
        services.AddSingleton<LiveNotices>();
        services.AddScoped<Visit>();
        services.AddScoped<AdminApi>();
        services.AddScoped<CompanySignIn>();
        services.AddScoped<OverviewReader>();
        services.AddScoped<LiveReader>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.UseAppApiToken();
        app.UsePageHeaders();
        app.UsePageErrors();
        app.UseVisits();
        app.UseRouting();
        app.UseAreaRules();
        app.UseAntiforgery();
        app.MapHealth();
        app.MapMetrics();
        app.MapTopics();
        app.MapAssets();
        app.MapReader();
        CompanySignIn.Map(app);
        app.MapLiveStream();
        app.MapSpendFile();
        app.MapRazorComponents<App>();
        app.MapNoPage();
        return app;
    }
}
