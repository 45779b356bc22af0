namespace Gateway.AdminConsole.Pages.Trouble;

/// <summary>How many of an account's events are counted.</summary>
public sealed record ReckonedPart
{
    public required string KeyId { get; init; }
    public long Events { get; init; }
}
