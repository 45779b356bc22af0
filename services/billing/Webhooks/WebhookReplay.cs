namespace Gateway.Billing.Webhooks;

/// <summary>From where on a webhook begins anew.</summary>
public sealed record WebhookReplay
{
    public string? Place { get; init; }
    public DateTimeOffset? Since { get; init; }
}
