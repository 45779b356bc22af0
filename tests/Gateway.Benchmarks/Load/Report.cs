using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>Collects the figures of all rounds and prints medians and ratios as Markdown.</summary>
internal sealed class Report(IReadOnlyList<Contestant> contestants, bool pinned)
{
    public const string Baseline = "bare forwarder";

    private readonly Dictionary<(string Contestant, string Workload), List<Figures>> _figures = [];
    private readonly Dictionary<string, double> _peak = [];

    public void Add(Contestant contestant, Workload workload, Figures figures)
    {
        var key = (contestant.Name, workload.Name);
        if (!_figures.TryGetValue(key, out var rounds))
            _figures[key] = rounds = [];
        rounds.Add(figures);
    }

    public void ReadMemory()
    {
        foreach (var contestant in contestants)
        {
            if (contestant.Process is { } process)
                _peak[contestant.Name] = process.PeakMegabytes;
        }
    }

    public void Write(TextWriter output)
    {
        var cores = pinned
            ? "Contestant alone on one core; generator and provider on another."
            : "Not pinned: contestants share their cores with generator and provider.";
        string[] columns =
        [
            "small: requests/s", "CPU us", "big: requests/s", "CPU us", "burst: streams/s", "CPU us", "paced: events/s", "delivered", "CPU us/event",
            "delay p50 ms", "delay p99 ms", "first event p50 ms", "p99 ms", "idle: KB/stream", "peak RSS MB",
        ];
        output.WriteLine($"""
            {cores} .NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd}.
            `direct` is the generator against the provider with nothing between: what the measuring itself can do.

            | | {string.Join(" | ", columns)} |
            |---|{string.Concat(columns.Select(_ => "--:|"))}
            """);
        foreach (var contestant in contestants)
        {
            var (small, big, burst, paced, first, idle) = Of(contestant.Name);
            output.WriteLine(
                $"| {contestant.Name} | {Whole(small.PerSecond)} | {Cpu(small)} | {Whole(big.PerSecond)} | {Cpu(big)} | {Whole(burst.PerSecond)} | "
                + $"{Cpu(burst)} | {Whole(paced.PerSecond)} | {Number(paced.Delivered * 100, "0.#")} % | {Cpu(paced)} | {Number(paced.P50, "0.00")} | "
                + $"{Number(paced.P99, "0.0")} | {Number(first.P50, "0.00")} | {Number(first.P99, "0.0")} | {Whole(idle.KilobytesPerStream)} | "
                + $"{(_peak.TryGetValue(contestant.Name, out var peak) ? Whole(peak) : "")} |");
        }

        output.WriteLine();
        WriteRatios(output);
    }

    private void WriteRatios(TextWriter output)
    {
        if (contestants.All(c => c.Name != Baseline))
            return;
        output.WriteLine($"""
            Ratios to the {Baseline} of the same run (first event: milliseconds over direct):

            | | small, requests/s | big, requests/s | burst, streams/s | paced, CPU/event | paced, delay p50 | paced, delay p99 | first event, ms over direct |
            |---|--:|--:|--:|--:|--:|--:|--:|
            """);
        var bare = Of(Baseline);
        var direct = Of("direct");
        foreach (var contestant in contestants)
        {
            if (contestant.Name is Baseline or "direct")
                continue;
            var own = Of(contestant.Name);
            output.WriteLine(
                $"| {contestant.Name} | {Ratio(own.Small.PerSecond, bare.Small.PerSecond)} | {Ratio(own.Big.PerSecond, bare.Big.PerSecond)} | "
                + $"{Ratio(own.Burst.PerSecond, bare.Burst.PerSecond)} | {Ratio(own.Paced.CpuMicroseconds, bare.Paced.CpuMicroseconds)} | "
                + $"{Ratio(own.Paced.P50, bare.Paced.P50)} | {Ratio(own.Paced.P99, bare.Paced.P99)} | {Number(own.First.P50 - direct.First.P50, "0.00")} |");
        }
    }

    private (Figures Small, Figures Big, Figures Burst, Figures Paced, Figures First, Figures Idle) Of(string contestant)
    {
        return (Median(Workload.Small), Median(Workload.Big), Median(Workload.Burst), Median(Workload.Paced), Median(Workload.First), Median(Workload.Idle));

        Figures Median(Workload workload) => Figures.Median(_figures.GetValueOrDefault((contestant, workload.Name), []));
    }

    private static string Cpu(Figures figures) => Number(figures.CpuMicroseconds ?? double.NaN, "0");

    private static string Whole(double value) => Number(value, "#,0");

    private static string Ratio(double? own, double? bare) => Number(own / bare ?? double.NaN, "0.00") is { Length: > 0 } text ? text + " x" : "";

    private static string Number(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
}
