namespace Gateway.AdminConsole.Pages.Overview;

/// <summary>In the middle, and within which 95 of 100 are; in milliseconds, null where there are none.</summary>
public readonly record struct Times(double? Median, double? Most)
{
    public static Times Of(IEnumerable<double?> milliseconds)
    {
        var sorted = milliseconds.OfType<double>().Order().ToArray();
        return sorted.Length == 0 ? default : new(sorted[sorted.Length / 2], sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * 0.95))]);
    }
}
