namespace Gateway.Ingress.Otlp;

/// <summary>Kinds of telemetry, by the names of their paths.</summary>
[Flags]
internal enum OtlpSignals
{
    None = 0,
    Metrics = 1,
    Logs = 2,
    Traces = 4,
}
