namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>How a webhook stands.</summary>
public sealed record WebhookStatus
{
    /// <summary>Events.</summary>
    public long Delivered { get; init; }

    /// <summary>Deliveries.</summary>
    public long Failures { get; init; }
    public DateTimeOffset? LastSuccessAt { get; init; }
    public WebhookFailure? LastFailure { get; init; }

    /// <summary>Of the delivery that waits; 0: none does.</summary>
    public int Attempts { get; init; }
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>The time of the first event that waits.</summary>
    public DateTimeOffset? BehindSince { get; init; }

    /// <summary>Since when its receiver has said that it is gone.</summary>
    public DateTimeOffset? GoneAt { get; init; }
    public long DeadLettersLost { get; init; }
}
