namespace Gateway.Billing.Usage;

public sealed record FeedPage
{
    public IReadOnlyList<FeedRange> Ranges { get; init; } = [];
}
