namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One message on its way to one app.</summary>
/// <param name="Body">The CloudEvent, or the raw payload.</param>
/// <param name="Metadata">The publish metadata as a JSON object; its entries become headers.</param>
/// <param name="Attempts">Failed deliveries so far.</param>
/// <param name="Expires">Unix milliseconds.</param>
internal sealed record Delivery(
    long Id, string PubSub, string Topic, byte[] Body, bool IsRaw, string Metadata, string Traceparent, int Attempts, long? Expires);
