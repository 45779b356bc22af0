namespace Gateway.Local.Sidecar.Resources;

/// <param name="Exponential">
/// Each wait is half as long again as the one before it, up to <paramref name="MaxInterval"/>; otherwise all are
/// <paramref name="Interval"/>.
/// </param>
/// <param name="MaxRetries">Further attempts after the first; -1: without end.</param>
internal sealed record RetryPolicy(bool Exponential, TimeSpan Interval, TimeSpan MaxInterval, int MaxRetries)
{
    /// <summary>Dapr's exponential policy starts here, whatever its duration says.</summary>
    private static readonly TimeSpan FirstExponential = TimeSpan.FromMilliseconds(500);

    /// <summary>The wait after <paramref name="attempts"/> failed attempts, or null when there is to be no other.</summary>
    public TimeSpan? NextWait(int attempts)
    {
        if (MaxRetries >= 0 && attempts > MaxRetries)
            return null;
        if (!Exponential)
            return Interval;
        var wait = FirstExponential * Math.Pow(1.5, Math.Min(attempts - 1, 60));
        return wait < MaxInterval ? wait : MaxInterval;
    }
}
