using System.Diagnostics;
using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// The same mixed load for as long as it is told, and what the gateway's process holds meanwhile: what only grows, leaks. Prints Markdown, a row
/// a round.
/// </summary>
internal static class SoakCommand
{
    private const string Usage = """
        dotnet run -c Release --project tests/Gateway.Benchmarks -- soak [--minutes N] [--every SECONDS] [--contestants native,translated]

        Small and large requests, bursts of streams and paced ones in turn; defaults: 10 minutes, a row every 30 s, both routes.
        """;

    private static readonly Workload[] Mix = [Workload.Small, Workload.Big, Workload.Burst];

    public static async Task<int> RunAsync(string[] args)
    {
        double minutes = 10, every = 30;
        var routes = "native,translated";
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            if (args[i] == "--contestants" && value.Length > 0)
                routes = value;
            else if (args[i] == "--minutes" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var m))
                minutes = m;
            else if (args[i] == "--every" && double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var e))
                every = e;
            else
                return Help();
        }

        var directory = Directory.CreateTempSubdirectory("gateway-soak-").FullName;
        var children = new List<ChildProcess>();
        try
        {
            var contestants = await LoadCommand.StartAsync(LoadOptions.Parse(["--contestants", routes])!, null, null, directory, children);
            if (contestants.Count == 0)
                return Help();
            Console.WriteLine("| minutes | route | requests/s | RSS MB | peak MB | handles | threads | data MB |\n|--:|---|--:|--:|--:|--:|--:|--:|");
            var clock = Stopwatch.StartNew();
            while (clock.Elapsed < TimeSpan.FromMinutes(minutes))
            {
                foreach (var contestant in contestants)
                    await RoundAsync(contestant, clock, every / contestants.Count, directory);
            }

            return 0;
        }
        finally
        {
            children.ForEach(c => c.Dispose());
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RoundAsync(Contestant contestant, Stopwatch clock, double seconds, string directory)
    {
        var share = TimeSpan.FromSeconds(seconds / Mix.Length);
        var rate = 0.0;
        foreach (var workload in Mix)
            rate += (await workload.RunAsync(contestant, share)).PerSecond / Mix.Length;
        await Workload.Paced.RunAsync(contestant, share);
        var process = contestant.Process!;
        var data = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(static f => Length(f)) / 1e6;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {clock.Elapsed.TotalMinutes:0.0} | {contestant.Name} | {rate:#,0} | {process.ResidentMegabytes:0} | {process.PeakMegabytes:0} "
            + $"| {process.Handles} | {process.Threads} | {data:0} |"));
    }

    private static long Length(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            // A segment of the outbox that has just been published.
            return 0;
        }
    }

    private static int Help()
    {
        Console.WriteLine(Usage);
        return 1;
    }
}
