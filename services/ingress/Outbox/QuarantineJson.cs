using System.Text.Json.Serialization;

namespace Gateway.Ingress.Outbox;

/// <summary>The first line of a file in the quarantine.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(QuarantinedEvent))]
internal sealed partial class QuarantineJson : JsonSerializerContext;
