using Gateway.Billing.Webhooks;

namespace Gateway.Billing.Admin;

/// <summary>A webhook's dead letters, oldest first; there are at most 200.</summary>
internal sealed record WebhookLetterList
{
    /// <summary>The letters.</summary>
    public required IReadOnlyList<WebhookLetter> Data { get; init; }
}
