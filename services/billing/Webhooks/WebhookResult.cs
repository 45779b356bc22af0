namespace Gateway.Billing.Webhooks;

/// <summary>A webhook, or what was wrong by field, or none of it: there is no such webhook.</summary>
public sealed record WebhookResult
{
    public WebhookRecord? Webhook { get; init; }

    /// <summary>The secret itself, when it has just been made.</summary>
    public string? Secret { get; init; }

    public Dictionary<string, string[]>? Errors { get; init; }

    /// <summary>Why it cannot be, whatever is sent; or an idempotency key has been used for something else.</summary>
    public string? Conflict { get; init; }

    /// <summary>It had been made before, under the same idempotency key.</summary>
    public bool Replayed { get; init; }
}
