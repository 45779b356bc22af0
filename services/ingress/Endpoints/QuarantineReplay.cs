using System.Text.Json.Serialization;

namespace Gateway.Ingress.Endpoints;

/// <summary>What became of a replay.</summary>
internal sealed record QuarantineReplay
{
    /// <summary>How many events are in the outbox again; should the broker refuse one once more, it is set aside once more.</summary>
    /// <example>1</example>
    [JsonPropertyName("replayed")]
    public required int Replayed { get; init; }
}
