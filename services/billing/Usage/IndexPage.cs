namespace Gateway.Billing.Usage;

public sealed record IndexPage
{
    public IReadOnlyList<string> Accounts { get; init; } = [];
}
