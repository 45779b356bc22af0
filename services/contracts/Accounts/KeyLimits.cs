namespace Gateway.Contracts.Accounts;

/// <summary>Token buckets per minute and a ceiling on requests at the same time; null is no limit.</summary>
public sealed record KeyLimits
{
    public long? RequestsPerMinute { get; init; }
    public long? InputTokensPerMinute { get; init; }
    public long? OutputTokensPerMinute { get; init; }
    public int? ConcurrentRequests { get; init; }

    /// <summary>The limit of a rate.</summary>
    public long? this[QuotaDimension rate] => rate switch
    {
        QuotaDimension.Requests => RequestsPerMinute,
        QuotaDimension.InputTokens => InputTokensPerMinute,
        QuotaDimension.OutputTokens => OutputTokensPerMinute,
        _ => throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate."),
    };
}
