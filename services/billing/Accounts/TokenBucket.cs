using System.Text.Json.Serialization;

namespace Gateway.Billing.Accounts;

/// <summary>
/// A bucket that holds a minute's worth and fills continuously. Integers only: a token is 60,000 units, so that a limit of n a minute
/// fills by exactly n units a millisecond. The level may be below 0: tokens used beyond an estimate are a debt paid by filling.
/// </summary>
internal sealed record TokenBucket
{
    private const long UnitsPerToken = 60_000;

    /// <summary>At least 1.</summary>
    public required long Limit { get; init; }
    public long Units { get; set; }
    [JsonPropertyName("at")] public long AtMilliseconds { get; set; }

    [JsonIgnore] private long Capacity => Limit * UnitsPerToken;

    [JsonIgnore] public long Tokens => Math.Max(0, Units / UnitsPerToken);

    public static TokenBucket Full(long perMinute, DateTimeOffset now) =>
        new() { Limit = perMinute, Units = perMinute * UnitsPerToken, AtMilliseconds = now.ToUnixTimeMilliseconds() };

    /// <summary>The same bucket under another limit: what has been used stays used, and no more than a minute's worth is left.</summary>
    public TokenBucket WithLimit(long perMinute, DateTimeOffset now)
    {
        Fill(now);
        return perMinute == Limit ? this : new() { Limit = perMinute, Units = Math.Min(Units, perMinute * UnitsPerToken), AtMilliseconds = AtMilliseconds };
    }

    public void Fill(DateTimeOffset now)
    {
        var milliseconds = now.ToUnixTimeMilliseconds();

        var elapsed = milliseconds - AtMilliseconds;
        AtMilliseconds = milliseconds;
        // A clock that was set back: what is in the bucket stays, and it fills from now on.
        if (elapsed <= 0)
            return;
        var toFull = (Capacity - Units + Limit - 1) / Limit;
        Units = elapsed >= toFull ? Capacity : Units + (elapsed * Limit);
    }

    /// <summary>What of a need must be there: no more than fits in the bucket, so that the largest request passes when it is full.</summary>
    public long Required(long tokens) => Math.Min(tokens, Limit);

    public bool Covers(long tokens) => Units >= Required(tokens) * UnitsPerToken;

    public void Take(long tokens) => Units -= tokens * UnitsPerToken;

    public void PutBack(long tokens)
    {
        // More than two minutes' worth cannot have been taken honestly, and would overflow in the worst case.
        var bounded = Math.Clamp(tokens, -1_000_000_000, 2 * Limit);
        Units = Math.Min(Capacity, Units + (bounded * UnitsPerToken));
    }

    /// <summary>Until the need is covered if nobody takes anything; at least a millisecond.</summary>
    public long MillisecondsUntil(long tokens)
    {
        var missing = (Required(tokens) * UnitsPerToken) - Units;
        return Math.Max(1, (missing + Limit - 1) / Limit);
    }

    public DateTimeOffset FullAt(DateTimeOffset now) => now.AddMilliseconds((Capacity - Units + Limit - 1) / Limit);
}
