namespace Gateway.Contracts.Accounts;

/// <summary>What became of a batch of events.</summary>
public sealed record RecordedUsage
{
    /// <summary>
    /// Which of the batch, by place, were not counted because they are older than what the account keeps (<see cref="PurgedUsage.Before"/>). They never
    /// will be.
    /// </summary>
    public required IReadOnlyList<int> TooOld { get; init; }
}
