namespace Gateway.Local.Sidecar.PubSub;

/// <summary>One message on its way to one app.</summary>
/// <param name="Id">Its row's; rises with the order of publishing. Before it has one, its place among what it is published with.</param>
/// <param name="Body">The CloudEvent, or the raw payload.</param>
/// <param name="Metadata">The publish metadata as a JSON object; its entries become headers.</param>
/// <param name="Expires">Unix milliseconds.</param>
internal sealed record Delivery(long Id, string PubSub, string Topic, byte[] Body, string Metadata, string Traceparent, long? Expires);
