using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;

namespace Gateway.Hosting;

/// <summary>The settings that every service has.</summary>
public sealed record ServiceSettings
{
    /// <summary>The name of <see cref="HandleSignals"/>.</summary>
    public const string HandleSignalsName = "GATEWAY_HANDLE_SIGNALS";

    [ConfigurationKeyName("GATEWAY_LOG_FORMAT")]
    public LogFormat LogFormat { get; init; }

    /// <summary>How long running requests may take to end once the service is told to stop.</summary>
    [ConfigurationKeyName("GATEWAY_SHUTDOWN_SECONDS"), Range(0, 3600)]
    public int ShutdownSeconds { get; init; } = 30;

    /// <summary>How long a connection without a request is kept: longer than a load balancer in front keeps it, or requests meet its end.</summary>
    [ConfigurationKeyName("GATEWAY_KEEP_ALIVE_SECONDS"), Range(1, 86_400)]
    public int KeepAliveSeconds { get; init; } = 660;

    /// <summary><c>false</c>: whoever started this host stops it; it takes no signals of its own.</summary>
    [ConfigurationKeyName(HandleSignalsName)]
    public bool HandleSignals { get; init; } = true;

    /// <summary>Names besides <c>localhost</c> by which the service may be called over a loopback address, separated by commas; <c>*</c>: any.</summary>
    [ConfigurationKeyName("GATEWAY_HOSTS")]
    public string? Hosts { get; init; }

    /// <summary>Where the sidecar answers HTTP; takes precedence over the port.</summary>
    [ConfigurationKeyName("DAPR_HTTP_ENDPOINT"), HttpAddress]
    public string? DaprHttpEndpoint { get; init; }

    /// <summary>The sidecar's HTTP port on this machine.</summary>
    [ConfigurationKeyName("DAPR_HTTP_PORT"), Range(1, 65535)]
    public int DaprHttpPort { get; init; } = 3500;

    /// <summary>Where the sidecar answers gRPC; read by the SDK, checked here.</summary>
    [ConfigurationKeyName("DAPR_GRPC_ENDPOINT"), HttpAddress]
    public string? DaprGrpcEndpoint { get; init; }

    /// <summary>The sidecar's gRPC port on this machine; read by the SDK, checked here.</summary>
    [ConfigurationKeyName("DAPR_GRPC_PORT"), Range(1, 65535)]
    public int DaprGrpcPort { get; init; } = 50001;

    /// <summary>How long a caller waits for an account or the key directory; while Dapr's placement is away, calls to actors hang.</summary>
    [ConfigurationKeyName("GATEWAY_ACTOR_WAIT_SECONDS"), Range(0.1, 100)]
    public double ActorWaitSeconds { get; init; } = 2;

    [ConfigurationKeyName("OTEL_SDK_DISABLED")]
    public bool TelemetryDisabled { get; init; }

    /// <summary>Where traces and metrics go. Without this and the two below nothing is traced or measured.</summary>
    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_ENDPOINT"), HttpAddress]
    public string? TelemetryEndpoint { get; init; }

    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), HttpAddress]
    public string? TracesEndpoint { get; init; }

    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"), HttpAddress]
    public string? MetricsEndpoint { get; init; }

    /// <summary>Whether <see cref="Telemetry.MetricsPath"/> is answered, beside what is sent anywhere.</summary>
    [ConfigurationKeyName("GATEWAY_METRICS")]
    public bool Metrics { get; init; }

    public TimeSpan ActorWait => TimeSpan.FromSeconds(ActorWaitSeconds);

    /// <summary>Whether there is somewhere to send traces to.</summary>
    public bool ExportsTraces => !TelemetryDisabled && (TelemetryEndpoint ?? TracesEndpoint) is not null;

    /// <summary>Whether metrics can be fetched.</summary>
    public bool ServesMetrics => !TelemetryDisabled && Metrics;

    /// <summary>Whether there is somewhere to send metrics to.</summary>
    public bool ExportsMetrics => !TelemetryDisabled && (TelemetryEndpoint ?? MetricsEndpoint) is not null;
}
