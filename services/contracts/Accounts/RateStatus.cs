namespace Gateway.Contracts.Accounts;

/// <summary>A rate limit as it stands, for the <c>anthropic-ratelimit-*</c> headers.</summary>
public sealed record RateStatus
{
    /// <summary>A minute's worth.</summary>
    public required long Limit { get; init; }

    /// <summary>What the account has not handed out. A holder of a lease adds what it has left itself. Never below 0.</summary>
    public required long Remaining { get; init; }

    /// <summary>When the bucket is full again if nobody takes from it.</summary>
    public required DateTimeOffset ResetsAt { get; init; }
}
