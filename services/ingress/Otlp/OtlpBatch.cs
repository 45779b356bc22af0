namespace Gateway.Ingress.Otlp;

/// <summary>A body of telemetry on its way to the collector.</summary>
/// <param name="Room">What it holds of the queue until it is gone.</param>
internal sealed record OtlpBatch(OtlpSignals Signal, string ContentType, byte[] Body, OtlpRoom.Share Room);
