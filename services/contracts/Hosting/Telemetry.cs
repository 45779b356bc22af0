using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Contracts.Hosting;

/// <summary>
/// Traces and metrics over OTLP, set up by the standard <c>OTEL_*</c> variables. Without an endpoint nothing listens, and a request
/// costs no activity and no measurement.
/// </summary>
internal static class Telemetry
{
    public const string Prefix = "Gateway.";

    /// <summary>The meters that are exported; the last by its prefix.</summary>
    public static IReadOnlyList<string> Meters { get; } = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", Prefix + "*"];

    public static void AddTelemetry(this WebApplicationBuilder builder, string appId)
    {
        var configuration = builder.Configuration;
        if (string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase))
            return;
        var anywhere = Given("OTEL_EXPORTER_OTLP_ENDPOINT");
        if (anywhere || Given("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))
        {
            builder.Services.AddHostedService(_ => new Running(Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(r => r.AddService($"gateway-{appId}").AddEnvironmentVariableDetector())
                .AddSource("Microsoft.AspNetCore", "System.Net.Http", Prefix + "*")
                .AddOtlpExporter()
                .Build()));
        }

        if (anywhere || Given("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"))
        {
            builder.Services.AddHostedService(_ => new Running(Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(r => r.AddService($"gateway-{appId}").AddEnvironmentVariableDetector())
                .AddMeter([.. Meters])
                .AddOtlpExporter()
                .Build()));
        }

        bool Given(string name) => !string.IsNullOrEmpty(configuration[name]);
    }

    /// <summary>Flushes the provider when the host stops.</summary>
    private sealed class Running(IDisposable provider) : IHostedService, IDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose() => provider.Dispose();
    }
}
