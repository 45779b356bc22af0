namespace Gateway.Local.Sidecar.Resources;

/// <param name="Exponential">
/// Each wait is half as long again as the one before it, up to <paramref name="MaxInterval"/>; otherwise all are
/// <paramref name="Interval"/>.
/// </param>
/// <param name="MaxRetries">Further attempts after the first; -1: without end, but for that of <see cref="LongestExponential"/>.</param>
internal sealed record RetryPolicy(bool Exponential, TimeSpan Interval, TimeSpan MaxInterval, int MaxRetries)
{
    /// <summary>Dapr's exponential policy starts here, whatever its duration says.</summary>
    private static readonly TimeSpan FirstExponential = TimeSpan.FromMilliseconds(500);

    /// <summary>An exponential policy ends so long after its first attempt, whatever its number of retries says (seen on 1.17.13: after 14 min 45 s).</summary>
    private static readonly TimeSpan LongestExponential = TimeSpan.FromMinutes(15);

    /// <summary>The wait after <paramref name="attempts"/> failed attempts, or null when there is to be no other.</summary>
    /// <param name="attempts">Those that have failed.</param>
    /// <param name="elapsed">Since the first began.</param>
    public TimeSpan? NextWait(int attempts, TimeSpan elapsed = default)
    {
        if (MaxRetries >= 0 && attempts > MaxRetries)
            return null;
        if (!Exponential)
            return Interval;
        var wait = FirstExponential * Math.Pow(1.5, Math.Min(attempts - 1, 60));
        wait = wait < MaxInterval ? wait : MaxInterval;
        return elapsed + wait <= LongestExponential ? wait : null;
    }
}
