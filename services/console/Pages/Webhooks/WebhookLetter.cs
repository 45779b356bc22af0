namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>A delivery that was given up.</summary>
public sealed record WebhookLetter
{
    public required string Id { get; init; }
    public int Events { get; init; }
    public int Attempts { get; init; }
    public WebhookFailure Failure { get; init; } = new();
}
