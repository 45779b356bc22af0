namespace Gateway.Billing.Webhooks;

/// <summary>Nothing is sent to where a webhook leads.</summary>
internal sealed class WebhookAddressException(string message) : Exception(message);
