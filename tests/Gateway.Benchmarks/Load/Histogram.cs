namespace Gateway.Benchmarks.Load;

/// <summary>Delays up to ten seconds in steps of ten microseconds.</summary>
internal sealed class Histogram
{
    private const double StepMilliseconds = 0.01;
    private readonly int[] _counts = new int[1_000_000];

    public int Count => _counts.Sum();

    public void Add(TimeSpan delay) =>
        Interlocked.Increment(ref _counts[Math.Clamp((int)(delay.TotalMilliseconds / StepMilliseconds), 0, _counts.Length - 1)]);

    /// <summary>In milliseconds.</summary>
    public double Percentile(double percent)
    {
        var rank = Math.Ceiling(Count * percent / 100);
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank && seen > 0)
                return (i + 0.5) * StepMilliseconds;
        }

        return double.NaN;
    }
}
