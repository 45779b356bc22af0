namespace Gateway.Benchmarks.Load;

/// <summary>What one run of a workload gave; what it does not measure is NaN or null.</summary>
internal sealed record Figures
{
    public double PerSecond { get; init; } = double.NaN;

    /// <summary>Per request, or per event where events are paced. Null where the process is not ours.</summary>
    public double? CpuMicroseconds { get; init; }

    /// <summary>Share of the events offered.</summary>
    public double Delivered { get; init; } = double.NaN;

    /// <summary>Milliseconds.</summary>
    public double P50 { get; init; } = double.NaN;

    public double P99 { get; init; } = double.NaN;

    public double KilobytesPerStream { get; init; } = double.NaN;

    /// <summary>The median of each figure by itself.</summary>
    public static Figures Median(IReadOnlyList<Figures> rounds) => new()
    {
        PerSecond = Middle(rounds, f => f.PerSecond),
        CpuMicroseconds = rounds.All(f => f.CpuMicroseconds is not null) && rounds.Count > 0 ? Middle(rounds, f => f.CpuMicroseconds!.Value) : null,
        Delivered = Middle(rounds, f => f.Delivered),
        P50 = Middle(rounds, f => f.P50),
        P99 = Middle(rounds, f => f.P99),
        KilobytesPerStream = Middle(rounds, f => f.KilobytesPerStream),
    };

    private static double Middle(IReadOnlyList<Figures> rounds, Func<Figures, double> of) =>
        rounds.Count == 0 ? double.NaN : rounds.Select(of).Order().ElementAt(rounds.Count / 2);
}
