namespace Gateway.Billing.Webhooks;

public sealed record WebhookPage
{
    public IReadOnlyList<WebhookRecord> Webhooks { get; init; } = [];
}
