namespace Gateway.Contracts.Accounts;

/// <summary>Token buckets per minute and a ceiling on requests at the same time; null is no limit.</summary>
public sealed record KeyLimits
{
    public long? RequestsPerMinute { get; init; }
    /// <summary>
    /// Calls that count tokens without using any, which are no other requests; if nothing is said, as many as <see cref="RequestsPerMinute"/>.
    /// </summary>
    public long? TokenCountsPerMinute { get; init; }
    public long? InputTokensPerMinute { get; init; }
    public long? OutputTokensPerMinute { get; init; }
    public int? ConcurrentRequests { get; init; }

    /// <summary>The limit of a rate, also where nothing is said of it.</summary>
    public long? InForce(QuotaDimension rate) => this[rate] ?? (rate == QuotaDimension.TokenCounts ? RequestsPerMinute : null);

    /// <summary>The limit of a rate as it is given.</summary>
    public long? this[QuotaDimension rate] => rate switch
    {
        QuotaDimension.Requests => RequestsPerMinute,
        QuotaDimension.TokenCounts => TokenCountsPerMinute,
        QuotaDimension.InputTokens => InputTokensPerMinute,
        QuotaDimension.OutputTokens => OutputTokensPerMinute,
        _ => throw new ArgumentOutOfRangeException(nameof(rate), rate, "It is no rate."),
    };
}
