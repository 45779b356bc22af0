using System.Text.Json.Serialization;

namespace Dapr;

/// <summary>A CloudEvent of the publisher's own: the sidecar completes it and puts no other around it.</summary>
public class CloudEvent
{
    [JsonPropertyName("source")] public Uri? Source { get; init; }
    [JsonPropertyName("type")] public string? Type { get; init; }
    [JsonPropertyName("subject")] public string? Subject { get; init; }
}
