using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>
/// The data of <c>gateway.usage.recorded.v1</c>: one request, however it ended. The only thing billing settles by.
/// Fields are only ever added; <c>usage-event.schema.json</c> beside this file is the contract for other systems.
/// </summary>
public sealed record UsageEvent
{
    private const long MaxSequence = 1L << 53;

    [JsonPropertyName("request_id")] public required string RequestId { get; init; }
    [JsonPropertyName("key_id")] public required string KeyId { get; init; }

    /// <summary>When the request ended.</summary>
    [JsonPropertyName("time")] public required DateTimeOffset Time { get; init; }

    /// <summary>The path the client called.</summary>
    [JsonPropertyName("surface")] public required string Surface { get; init; }

    /// <summary>The model as the client spelt it.</summary>
    [JsonPropertyName("requested_model")] public required string RequestedModel { get; init; }

    /// <summary>The catalog's id of it.</summary>
    [JsonPropertyName("model")] public required string Model { get; init; }

    /// <summary>The provider of the last route tried.</summary>
    [JsonPropertyName("provider")] public required string Provider { get; init; }
    [JsonPropertyName("upstream_model")] public required string UpstreamModel { get; init; }
    [JsonPropertyName("stream")] public required bool Stream { get; init; }
    [JsonPropertyName("outcome")] public required RequestOutcome Outcome { get; init; }

    /// <summary>The HTTP status the client got.</summary>
    [JsonPropertyName("status")] public required int Status { get; init; }
    [JsonPropertyName("error_type")] public string? ErrorType { get; init; }
    [JsonPropertyName("stop_reason")] public string? StopReason { get; init; }

    /// <summary>The id of the message as the client saw it (rule F15).</summary>
    [JsonPropertyName("message_id")] public string? MessageId { get; init; }
    [JsonPropertyName("upstream_request_id")] public string? UpstreamRequestId { get; init; }

    [JsonPropertyName("usage")] public required TokenUsage Usage { get; init; }

    /// <summary>Null when the model has no price: unknown is not free (rule F4).</summary>
    [JsonPropertyName("cost")] public Cost? Cost { get; init; }

    /// <summary>What the provider itself says the answer cost, beside our own reckoning (rule F6); billing goes by <see cref="Cost"/>.</summary>
    [JsonPropertyName("provider_cost")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal? ProviderCost { get; init; }

    [JsonPropertyName("latency_ms")] public required double LatencyMs { get; init; }
    [JsonPropertyName("time_to_first_token_ms")] public double? TimeToFirstTokenMs { get; init; }

    /// <summary>Calls to providers, over all routes.</summary>
    [JsonPropertyName("attempts")] public required int Attempts { get; init; }

    /// <summary>Routes that failed before the one above was tried; null when there were none.</summary>
    [JsonPropertyName("failed_routes")] public IReadOnlyList<FailedRoute>? FailedRoutes { get; init; }
    [JsonPropertyName("trace_id")] public string? TraceId { get; init; }

    /// <summary>
    /// Which of several events of one request this is, where one request is billed in parts: an attempt, a batch's item. Null for the
    /// request itself. An account counts each part once (rule F23).
    /// </summary>
    [JsonPropertyName("part")] public string? Part { get; init; }

    /// <summary>
    /// The run of the outbox that recorded the event. With <see cref="Sequence"/> it is the event's identity to the accounts, which then need
    /// not remember each request id; null where nobody numbers: such an event is told from others by (request, part).
    /// </summary>
    [JsonPropertyName("source")] public string? Source { get; init; }

    /// <summary>The event's number among those of its source and key (that of <see cref="SequenceKey"/>), from 1 on. A number is never used twice; one that is missing was not used.</summary>
    [JsonPropertyName("sequence")] public long? Sequence { get; init; }

    /// <summary>The accounts that admitted the request and settle by this event: the key's, its team's, its organisation's. Null is the key's alone.</summary>
    [JsonPropertyName("accounts")] public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>The lease the money was reserved under, the same in each of those accounts; null when nothing was reserved.</summary>
    [JsonPropertyName("lease_id")] public string? LeaseId { get; init; }

    /// <summary>Request fields that the target could not express, and as <c>answer.…</c> parts of the answer that Anthropic's format has no place for.</summary>
    [JsonPropertyName("dropped")] public IReadOnlyList<string>? Dropped { get; init; }

    /// <summary>The key's own metadata, then the request's.</summary>
    [JsonPropertyName("metadata")] public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// The request (and part) that the number was given to. An event that somebody makes out of this one for another request is another event,
    /// whatever number came along with it.
    /// </summary>
    [JsonPropertyName("sequence_of")] public string? SequenceOf { get; init; }

    /// <summary>The key that the number was given to, where somebody has put the event under another one since; null: the event's own.</summary>
    [JsonPropertyName("sequence_key")] public string? SequenceKey { get; init; }

    /// <summary>Whether the event is known again by its number in its source. Above this one a sidecar, which reads numbers as doubles, would mix them up.</summary>
    [JsonIgnore] public bool IsNumbered => Source is { Length: > 0 } && Sequence is > 0 and < MaxSequence && (SequenceOf is null || SequenceOf == SettlementKey);

    /// <summary>What makes an event without a number the same as another delivery of it.</summary>
    [JsonIgnore] public string SettlementKey => Part is null ? RequestId : $"{RequestId}/{Part}";
}
