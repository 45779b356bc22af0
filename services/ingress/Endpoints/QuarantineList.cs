using System.Text.Json.Serialization;
using Gateway.Ingress.Outbox;

namespace Gateway.Ingress.Endpoints;

/// <summary>What one instance of ingress has set aside, oldest first.</summary>
internal sealed record QuarantineList
{
    /// <summary>The instance that answers, in Kubernetes its pod. Each has an outbox of its own.</summary>
    /// <example>ingress-0</example>
    [JsonPropertyName("instance")]
    public required string Instance { get; init; }

    /// <summary>The events.</summary>
    [JsonPropertyName("data")]
    public required IReadOnlyList<QuarantinedEvent> Data { get; init; }
}
