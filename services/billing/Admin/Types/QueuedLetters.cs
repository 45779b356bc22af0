namespace Gateway.Billing.Admin;

/// <summary>Dead letters of a webhook that are delivered once more.</summary>
internal sealed record QueuedLetters
{
    /// <summary>How many they are. Those that are not taken are dead letters again.</summary>
    /// <example>1</example>
    public required int Queued { get; init; }
}
