using System.Text.Json.Serialization;

namespace Gateway.Contracts.Admin;

/// <summary>A delivery on the usage topic that could not be taken.</summary>
public sealed record DeadLetter
{
    [JsonPropertyName("id")] public required string Id { get; init; }
    [JsonPropertyName("receivedAt")] public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Why it was not taken, the last time it was tried.</summary>
    [JsonPropertyName("reason")] public string? Reason { get; init; }

    /// <summary>The event's data as it came, which may be no usage event at all.</summary>
    [JsonPropertyName("body")] public required string Body { get; init; }
}
