namespace Gateway.Billing.Usage;

public sealed record IndexQuery
{
    public required long After { get; init; }
    public required int Limit { get; init; }
}
