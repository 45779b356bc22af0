namespace Gateway.Billing.Usage;

public sealed record FeedAdvance
{
    public required string Account { get; init; }

    /// <summary>How many events it has.</summary>
    public required long Events { get; init; }
}
