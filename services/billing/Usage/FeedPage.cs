namespace Gateway.Billing.Usage;

public sealed record FeedPage
{
    /// <summary>The number of the range before the first of these: behind what was asked for where that is not kept any more.</summary>
    public long After { get; init; }

    public IReadOnlyList<FeedRange> Ranges { get; init; } = [];
}
