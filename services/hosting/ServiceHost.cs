using Gateway.Contracts.Names;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Gateway.Hosting;

/// <summary>What every service's host has in common.</summary>
public static class ServiceHost
{
    /// <summary>Anthropic allows 32 MB on <c>/v1/messages</c>; every hop takes that and some room.</summary>
    public const long MaxBodyBytes = 40L * 1024 * 1024;

    public static WebApplicationBuilder CreateBuilder(string[] args, string appId)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = appId,
            ContentRootPath = AppContext.BaseDirectory,
        });
        OutsideProxy.Use();
        var settings = Settings.Read<ServiceSettings>(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxBodyBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 * 1024;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(settings.KeepAliveSeconds);
            PriorKnowledge.Configure(kestrel);
            if (appId != AppIds.Ingress)
            {
                // Only the front door faces clients; a slow one must not break the hops behind it.
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Limits.MinResponseDataRate = null;
            }
        });

        // Nothing in these services blocks, so what a socket brings is worked on where it arrives: two switches of thread less for each request.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        // It has nothing to say at that level but makes an activity for every request while it may. The trace goes on without: see TraceHeader.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Warning);
        builder.Logging.AddFilter("System.Net.Http", LogLevel.Warning);
        // Probes ask every few seconds; their answer names what is missing.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        var start = new StartLog();
        builder.Logging.AddFilter(StartLog.Category, start.Passes);
        if (settings.LogFormat == LogFormat.Json)
            builder.Logging.AddJsonConsole(o => o.UseUtcTimestamp = true);
        else
            builder.Logging.AddLineConsole();

        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(settings.ShutdownSeconds));
        if (!settings.HandleSignals)
            builder.Services.AddSingleton<IHostLifetime, NoSignals>();

        builder.Services.AddHostedService(_ => start);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IStartupFilter>(new HostNames(settings));
        builder.Services.AddHostedService<MemoryReturn>();
        builder.Services.AddSingleton<IStartupFilter, TraceHeader>();
        builder.Services.AddSingleton<Drain>();
        builder.Services.AddSingleton<IStartupFilter>(p => p.GetRequiredService<Drain>());
        builder.Services.AddHostedService(p => p.GetRequiredService<Drain>());
        builder.Services.AddSingleton<CatalogSource>();
        builder.Services.AddSingleton(_ => new SidecarTransport(SidecarTransport.CreateSockets()));
        builder.Services.AddSingleton<ServiceClients>();
        builder.Services.AddSingleton<SidecarCheck>();
        builder.Services.AddHealthChecks()
            .AddCheck<SidecarCheck>("sidecar").AddCheck<CatalogSource>("catalog").AddCheck<Drain>("service");
        if (CatalogSettings.Read(builder.Configuration) is { Url: not null } catalog)
        {
            builder.Services.AddSingleton(catalog);
            builder.Services.AddSingleton<CatalogList>();
            builder.Services.AddSingleton<CatalogRefresh>();
            builder.Services.AddHostedService(p => p.GetRequiredService<CatalogRefresh>());
            builder.Services.AddHealthChecks().AddCheck<CatalogRefresh>("catalog list");
        }

        builder.AddTelemetry(settings, appId);
        return builder;
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
