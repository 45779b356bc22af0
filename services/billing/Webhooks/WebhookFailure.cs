namespace Gateway.Billing.Webhooks;

/// <summary>A delivery that was not taken.</summary>
public sealed record WebhookFailure
{
    /// <summary>When it failed.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>Why.</summary>
    /// <example>status 503</example>
    public required string Reason { get; init; }
}
