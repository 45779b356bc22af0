using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Hosting;

/// <summary>
/// Traces and metrics over OTLP, set up by the standard <c>OTEL_*</c> variables. Without an endpoint nothing listens, and a request
/// costs no activity and no measurement.
/// </summary>
public static class Telemetry
{
    public const string Prefix = "Gateway.";

    /// <summary>The meters that are exported; the last by its prefix.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", Prefix + "*"];

    internal static void AddTelemetry(this WebApplicationBuilder builder, ServiceSettings settings, string appId)
    {
        if (!settings.ExportsTraces && !settings.ExportsMetrics)
            return;
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService($"gateway-{appId}").AddEnvironmentVariableDetector());
        if (settings.ExportsTraces)
            telemetry.WithTracing(traces => traces.AddSource("Microsoft.AspNetCore", "System.Net.Http", Prefix + "*").AddOtlpExporter());
        if (settings.ExportsMetrics)
            telemetry.WithMetrics(metrics => metrics.AddMeter([.. Meters]).AddOtlpExporter());
    }
}
