namespace Gateway.Billing.Webhooks;

/// <summary>What became of a step.</summary>
public sealed record WebhookOutcome
{
    public required long Step { get; init; }
    public required string From { get; init; }

    /// <summary>The place behind the events that were looked at.</summary>
    public required string To { get; init; }
    public string? LetterId { get; init; }

    /// <summary>The delivery's header; null: there was nothing to deliver.</summary>
    public string? MessageId { get; init; }
    public int Events { get; init; }

    /// <summary>The time of the first of them.</summary>
    public DateTimeOffset? FirstEventAt { get; init; }

    /// <summary>Null: they were taken.</summary>
    public string? Failure { get; init; }

    /// <summary>The receiver says that it is gone for good.</summary>
    public bool IsGone { get; init; }

    /// <summary>How long the receiver wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
