namespace Gateway.Billing.Webhooks;

/// <summary>How a webhook stands.</summary>
public sealed record WebhookStatus
{
    /// <summary>Events that were taken.</summary>
    /// <example>1204</example>
    public required long Delivered { get; init; }

    /// <summary>Deliveries that were not.</summary>
    /// <example>3</example>
    public required long Failures { get; init; }

    /// <summary>When its receiver last took a delivery.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>The last delivery that was not taken.</summary>
    public WebhookFailure? LastFailure { get; init; }

    /// <summary>How often the delivery that waits has been tried; 0: none waits.</summary>
    /// <example>0</example>
    public required int Attempts { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The time of the first event that waits to be delivered; left out when none does.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>Since when nothing is sent because the receiver has answered 410; changing or resuming the webhook makes it go on.</summary>
    public DateTimeOffset? GoneAt { get; init; }

    /// <summary>Deliveries that were given up and can be replayed.</summary>
    /// <example>0</example>
    public required int DeadLetters { get; init; }

    /// <summary>Dead letters that went because there were too many.</summary>
    /// <example>0</example>
    public required long DeadLettersLost { get; init; }

    /// <summary>The place in the feed behind what is delivered, as <c>GET /admin/v1/events</c> takes it.</summary>
    /// <example>1.0_0.0_0.0_2.1_0.0_0.0_0.0_0.0_0.0</example>
    public required string Place { get; init; }
}
