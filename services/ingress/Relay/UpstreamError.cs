using System.Net.Http.Headers;

namespace Gateway.Ingress.Relay;

/// <summary>A provider's error answer as it came.</summary>
internal sealed record UpstreamError(int Status, byte[] Body, string? ContentType, HttpResponseHeaders Headers);
