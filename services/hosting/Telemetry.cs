using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Hosting;

/// <summary>
/// Traces and metrics over OTLP, set up by the standard <c>OTEL_*</c> variables, and metrics for Prometheus to fetch (<c>GATEWAY_METRICS</c>). Without
/// either nothing listens, and a request costs no activity and no measurement.
/// </summary>
public static class Telemetry
{
    public const string Prefix = "Gateway.";

    /// <summary>Where Prometheus fetches metrics, if it may.</summary>
    public const string MetricsPath = "/metrics";

    /// <summary>The meters that are exported; the last by its prefix.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", Prefix + "*"];

    internal static void AddTelemetry(this WebApplicationBuilder builder, ServiceSettings settings, string appId)
    {
        if (!settings.ExportsTraces && !settings.ExportsMetrics && !settings.ServesMetrics)
            return;
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"gateway-{appId}").AddEnvironmentVariableDetector());
        if (settings.ExportsTraces)
            telemetry.WithTracing(traces => traces.AddSource("Microsoft.AspNetCore", "System.Net.Http", Prefix + "*").AddOtlpExporter());
        if (settings.ExportsMetrics || settings.ServesMetrics)
            telemetry.WithMetrics(metrics => AddExporters(metrics.AddMeter([.. Meters]), settings));
    }

    /// <summary>Whoever reaches the path is answered; where that is the world, the endpoint's <see cref="AdminRule"/> is to be held.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        if (Settings.Read<ServiceSettings>(app.Configuration).ServesMetrics)
            app.MapPrometheusScrapingEndpoint(MetricsPath).WithMetadata(AdminRule.SeeAllUsage);
    }

    private static void AddExporters(MeterProviderBuilder metrics, ServiceSettings settings)
    {
        if (settings.ExportsMetrics)
            metrics.AddOtlpExporter();
        if (settings.ServesMetrics)
            metrics.AddPrometheusExporter();
    }
}
