namespace Gateway.Billing.Admin;

/// <summary>A delivery on the usage topic that could not be taken.</summary>
public sealed record DeadLetter
{
    /// <summary>Made of its content: the same event fails as one letter, however often it comes.</summary>
    /// <example>9f86d081884c7d659a2feaa0c55ad015</example>
    public required string Id { get; init; }

    /// <summary>When it became a dead letter.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Why it was not taken, the last time it was tried.</summary>
    /// <example>request id, key id, model, provider or usage is missing</example>
    public string? Reason { get; init; }

    /// <summary>The event's data as it came, which may be no usage event at all.</summary>
    /// <example>"{\"request_id\":\"req_1\"}"</example>
    public required string Body { get; init; }
}
