namespace Gateway.Billing.Usage;

/// <summary>Events of one account that follow each other.</summary>
public sealed record FeedRange
{
    public required string Account { get; init; }

    /// <summary>The number of the event before the first.</summary>
    public required long After { get; init; }

    /// <summary>The number of the last.</summary>
    public required long To { get; init; }
}
