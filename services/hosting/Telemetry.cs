using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
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
    public static IReadOnlyList<string> Meters { get; } = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", Prefix + "*"];

    /// <summary>Whether there is somewhere to send traces to.</summary>
    public static bool Traces(IConfiguration configuration) => Exports(configuration, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");

    internal static void AddTelemetry(this WebApplicationBuilder builder, string appId)
    {
        var configuration = builder.Configuration;
        if (Traces(configuration))
        {
            builder.Services.AddHostedService(_ => new Running(Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(r => r.AddService($"gateway-{appId}").AddEnvironmentVariableDetector())
                .AddSource("Microsoft.AspNetCore", "System.Net.Http", Prefix + "*")
                .AddOtlpExporter()
                .Build()));
        }

        if (Exports(configuration, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
        {
            builder.Services.AddHostedService(_ => new Running(Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(r => r.AddService($"gateway-{appId}").AddEnvironmentVariableDetector())
                .AddMeter([.. Meters])
                .AddOtlpExporter()
                .Build()));
        }

    }

    private static bool Exports(IConfiguration configuration, string endpoint) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && (configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 } || configuration[endpoint] is { Length: > 0 });

    /// <summary>Flushes the provider when the host stops.</summary>
    private sealed class Running(IDisposable provider) : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => provider.Dispose();
    }
}
