namespace Gateway.AdminConsole.Pages.Webhooks;

/// <summary>A delivery that was not taken.</summary>
public sealed record WebhookFailure
{
    public DateTimeOffset At { get; init; }
    public string Reason { get; init; } = "";
}
