namespace Gateway.Billing.Webhooks;

/// <summary>What a webhook's sender is to do next.</summary>
public sealed record WebhookStep
{
    public required long Step { get; init; }
    public required WebhookRecord Webhook { get; init; }
    public required string From { get; init; }

    /// <summary>Where the delivery ends that is tried again; null: as far as there are events.</summary>
    public string? To { get; init; }
    public required DateTimeOffset Since { get; init; }

    /// <summary>The letter that it is; null: it is the next of the feed.</summary>
    public string? LetterId { get; init; }
}
