namespace Gateway.AdminConsole.Pages.Trouble;

/// <summary>A dead letter: a usage event that billing could not take.</summary>
public sealed record Letter
{
    public required string Id { get; init; }
    public DateTimeOffset ReceivedAt { get; init; }
    public string? Reason { get; init; }

    /// <summary>The event as it came.</summary>
    public string Body { get; init; } = "";
}
