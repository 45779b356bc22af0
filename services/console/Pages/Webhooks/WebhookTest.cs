namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>What became of a test delivery.</summary>
public sealed record WebhookTest
{
    public bool Delivered { get; init; }
    public string MessageId { get; init; } = "";
    public string? Failure { get; init; }
}
