using Gateway.Billing.Webhooks;

namespace Gateway.Billing.Admin;

/// <summary>All webhooks, in the order they were made.</summary>
internal sealed record WebhookList
{
    /// <summary>The webhooks.</summary>
    public required IReadOnlyList<WebhookView> Data { get; init; }
}
