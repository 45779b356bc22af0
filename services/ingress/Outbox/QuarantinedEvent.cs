using System.Text.Json.Serialization;

namespace Gateway.Ingress.Outbox;

/// <summary>An event that the outbox has set aside: the broker refuses it for good, or its record is damaged. It is counted nowhere.</summary>
public sealed record QuarantinedEvent
{
    /// <summary>Made of its content.</summary>
    /// <example>9f86d081884c7d659a2feaa0c55ad015</example>
    public required string Id { get; init; }

    /// <summary>When it was set aside.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    [JsonPropertyName("setAsideAt")]
    public required DateTimeOffset SetAsideAt { get; init; }

    /// <summary>What the broker said, or what is damaged.</summary>
    /// <example>InvalidArgument: message size exceeds the limit</example>
    public required string Reason { get; init; }

    /// <summary>The request it is about; left out where the record is damaged, which cannot be replayed.</summary>
    /// <example>req_018EeWyXxfu5pfWkrYcMdjWG</example>
    [JsonPropertyName("requestId"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestId { get; init; }

    /// <summary>The key it is to be settled with.</summary>
    /// <example>key_4QmVXb2s</example>
    [JsonPropertyName("keyId"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? KeyId { get; init; }

    /// <summary>The event as it stands in the outbox; what is not text shows as U+FFFD. Not in lists.</summary>
    /// <example>"{\"request_id\":\"req_018EeWyXxfu5pfWkrYcMdjWG\"}"</example>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Body { get; init; }
}
