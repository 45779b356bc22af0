namespace Gateway.Billing.Keys;

public sealed record SpendLimitPage
{
    public IReadOnlyList<SpendLimitEntry> Limits { get; init; } = [];

    /// <summary>
    /// The account that was looked at last, where there are more; the next page goes on from it. It need not have a budget: few may, among many keys.
    /// </summary>
    public string? Next { get; init; }

    public bool UnknownCursor { get; init; }
}
