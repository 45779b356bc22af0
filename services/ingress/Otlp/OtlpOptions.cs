using System.Text.Json.Nodes;

namespace Gateway.Ingress.Otlp;

/// <summary>Where clients' telemetry goes on to, and which of it.</summary>
internal sealed class OtlpOptions(IngressOptions options)
{
    private readonly OtlpSignals _signals = OtlpSignalsFormAttribute.Read(options.TelemetrySignals) ?? OtlpSignals.None;

    public bool Takes(OtlpSignals signal) => options.TelemetryEndpoint is not null && _signals.HasFlag(signal);

    public Uri AddressOf(OtlpSignals signal) => new($"{options.TelemetryEndpoint!.TrimEnd('/')}/v1/{NameOf(signal)}");

    public static string NameOf(OtlpSignals signal) => signal switch
    {
        OtlpSignals.Metrics => "metrics",
        OtlpSignals.Logs => "logs",
        _ => "traces",
    };

    /// <summary>
    /// The widest layer of managed settings, so that any document may say otherwise: what makes Claude Code send what is relayed. It sends to the gateway
    /// it is signed in to whatever else is set, so no address is named, for which each developer would be asked for consent.
    /// </summary>
    public JsonObject? Environment => options.TelemetryEndpoint is null ? null : new JsonObject
    {
        ["env"] = new JsonObject
        {
            ["CLAUDE_CODE_ENABLE_TELEMETRY"] = "1",
            ["OTEL_METRICS_EXPORTER"] = ExporterOf(OtlpSignals.Metrics),
            ["OTEL_LOGS_EXPORTER"] = ExporterOf(OtlpSignals.Logs),
            ["OTEL_TRACES_EXPORTER"] = ExporterOf(OtlpSignals.Traces),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        },
    };

    private string ExporterOf(OtlpSignals signal) => Takes(signal) ? "otlp" : "none";
}
