using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>
/// The data of <c>gateway.usage.recorded.v1</c>: one request, however it ended. The only thing billing settles by.
/// Fields are only ever added; <c>usage-event.schema.json</c> beside this file is the contract for other systems.
/// </summary>
public sealed record UsageEvent
{
    /// <summary>The tool calls of an answer were judged by another model, for a request with <c>safeguards</c>.</summary>
    public const string SafeguardsPurpose = "safeguards";

    private const long MaxSequence = 1L << 53;

    public required string RequestId { get; init; }
    public required string KeyId { get; init; }

    /// <summary>When the request ended.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The path the client called.</summary>
    public required string Surface { get; init; }

    /// <summary>The model as the client spelt it.</summary>
    public required string RequestedModel { get; init; }

    /// <summary>The catalog's id of it.</summary>
    public required string Model { get; init; }

    /// <summary>The provider of the last route tried.</summary>
    public required string Provider { get; init; }
    public required string UpstreamModel { get; init; }
    public required bool Stream { get; init; }
    public required RequestOutcome Outcome { get; init; }

    /// <summary>The HTTP status the client got.</summary>
    public required int Status { get; init; }
    public string? ErrorType { get; init; }
    public string? StopReason { get; init; }

    /// <summary>The id of the message as the client saw it (rule F15).</summary>
    public string? MessageId { get; init; }
    public string? UpstreamRequestId { get; init; }

    public required TokenUsage Usage { get; init; }

    /// <summary>Null when the model has no price: unknown is not free (rule F4).</summary>
    public Cost? Cost { get; init; }

    /// <summary>What the provider itself says the answer cost, beside our own reckoning (rule F6); billing goes by <see cref="Cost"/>.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal? ProviderCost { get; init; }

    public required double LatencyMs { get; init; }
    public double? TimeToFirstTokenMs { get; init; }

    /// <summary>How much of <see cref="LatencyMs"/> the request waited until limits had room for it; null where it did not.</summary>
    public double? QueuedMs { get; init; }

    /// <summary>Calls to providers, over all routes.</summary>
    public required int Attempts { get; init; }

    /// <summary>Routes that failed before the one above was tried; null when there were none.</summary>
    public IReadOnlyList<FailedRoute>? FailedRoutes { get; init; }
    public string? TraceId { get; init; }

    /// <summary>The caller's own id of the request: its header <c>x-request-id</c>, of at most 256 characters.</summary>
    public string? XRequestId { get; init; }

    /// <summary>
    /// Which of several events of one request this is, where one request is billed in parts: an attempt, a batch's item. Null for the
    /// request itself. An account counts each part once (rule F23).
    /// </summary>
    public string? Part { get; init; }

    /// <summary>The client's request that this one was made for, where the gateway made it itself; null for a client's own.</summary>
    public string? ParentRequestId { get; init; }

    /// <summary>What the gateway made it for: <see cref="SafeguardsPurpose"/>. Null for a client's own request.</summary>
    public string? Purpose { get; init; }

    /// <summary>
    /// The run of the outbox that recorded the event. With <see cref="Sequence"/> it is the event's identity to the accounts, which then need
    /// not remember each request id; null where nobody numbers: such an event is told from others by (request, part).
    /// </summary>
    public string? Source { get; init; }

    /// <summary>
    /// The event's number among those of its source and key (that of <see cref="SequenceKey"/>), from 1 on. A number is never used twice; one
    /// that is missing was not used.
    /// </summary>
    public long? Sequence { get; init; }

    /// <summary>
    /// The accounts that admitted the request and settle by this event: the key's, its team's, its organisation's, those of rules. Null: the key's.
    /// </summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>The lease the money was reserved under, the same in each of those accounts; null when nothing was reserved.</summary>
    public string? LeaseId { get; init; }

    /// <summary>
    /// Request fields that the target could not express, and as <c>answer.…</c> parts of the answer that Anthropic's format has no place for.
    /// </summary>
    public IReadOnlyList<string>? Dropped { get; init; }

    /// <summary>Whose request it was: who had signed in, else what <c>metadata.user_id</c> said; as a keyed hash unless the key has it in plain.</summary>
    public string? User { get; init; }

    /// <summary>The client's session, hashed as the user is.</summary>
    public string? Session { get; init; }

    /// <summary>The agent within the session, and the one that had started it, hashed as the user is.</summary>
    public string? Agent { get; init; }
    public string? ParentAgent { get; init; }

    /// <summary>What kind of work it was, in the client's word.</summary>
    public string? RequestClass { get; init; }

    /// <summary>Those of the request that its key may use.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>The key's own metadata, then the request's.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>
    /// The request (and part) that the number was given to. An event that somebody makes out of this one for another request is another event,
    /// whatever number came along with it.
    /// </summary>
    public string? SequenceOf { get; init; }

    /// <summary>The key that the number was given to, where somebody has put the event under another one since; null: the event's own.</summary>
    public string? SequenceKey { get; init; }

    /// <summary>
    /// Whether the event is known again by its number in its source. Above this one a sidecar, which reads numbers as doubles, would mix them up.
    /// </summary>
    [JsonIgnore]
    public bool IsNumbered => Source is { Length: > 0 } && Sequence is > 0 and < MaxSequence && (SequenceOf is null || SequenceOf == SettlementKey);

    /// <summary>What makes an event without a number the same as another delivery of it.</summary>
    [JsonIgnore] public string SettlementKey => Part is null ? RequestId : $"{RequestId}/{Part}";
}
