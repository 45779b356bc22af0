using System.Globalization;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// Whether cost grows straight: the CPU of one stream, one kilobyte, one delta and one key's request, from few to many of each. Prints
/// Markdown.
/// </summary>
internal static class ScaleCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = 3.0;
        string? only = null;
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--only" && i + 1 < args.Length && args[i + 1] is ("sizes" or "keys"))
                only = args[++i];
            else if (args[i] == "--seconds" && i + 1 < args.Length)
                seconds = double.Parse(args[++i], CultureInfo.InvariantCulture);
            else
                throw new ArgumentException($"{args[i]}: what is known is --only sizes, --only keys and --seconds S.");
        }

        var directory = Directory.CreateTempSubdirectory("gateway-scale-").FullName;
        var children = new List<ChildProcess>();
        try
        {
            var contestants = await LoadCommand.StartAsync(LoadOptions.Parse(["--contestants", "native,translated"])!, null, null, directory, children);
            foreach (var contestant in contestants)
            {
                // Code and connections are warm before anything counts.
                await MeasureAsync(contestant, Workload.Burst, WarmUpSeconds);
                await MeasureAsync(contestant, Workload.Big, WarmUpSeconds);
                Console.WriteLine($"\n### {contestant.Name}\n");
                if (only != "keys")
                    await WriteAsync(contestant, seconds);
                if (only != "sizes")
                    await WriteKeysAsync(contestant, seconds);
            }

            return 0;
        }
        finally
        {
            children.ForEach(c => c.Dispose());
            Directory.Delete(directory, recursive: true);
        }
    }

    private const double WarmUpSeconds = 12;

    private static async Task WriteAsync(Contestant contestant, double seconds)
    {
        await TableAsync("streams at once", "CPU us a stream of 100 deltas", [1, 16, 256, 2_000], n => (Workload.Burst with { Connections = n }, 1));
        await TableAsync(
            "bytes of the request", "CPU us a KB", [57_000, 1_000_000, 10_000_000, 30_000_000],
            n => (Workload.Big with { RequestBytes = n, Connections = 4 }, n / 1000.0));
        await TableAsync("deltas in a stream", "CPU us a delta", Workload.Deltas, n => (Workload.OfDeltas(n), n));

        async Task TableAsync(string what, string unit, IReadOnlyList<int> sizes, Func<int, (Workload Workload, double Units)> of)
        {
            Console.WriteLine($"| {what} | {unit} |\n|--:|--:|");
            foreach (var size in sizes)
            {
                var (workload, units) = of(size);
                var cpu = await MeasureAsync(contestant, workload, seconds) / units;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {size:#,0} | {cpu:0.00} |"));
            }

            Console.WriteLine();
        }
    }

    /// <summary>
    /// The same ten keys among more and more that there are, then each request with another key: its first request makes its account known
    /// and reserves for it, so the second time round is what a key costs that was in use.
    /// </summary>
    private static async Task WriteKeysAsync(Contestant contestant, double seconds)
    {
        var time = TimeSpan.FromSeconds(seconds);
        var keys = new List<string>();
        Console.WriteLine("| keys | CPU us a request with ten of them | with all in turn | and again |\n|--:|--:|--:|--:|");
        foreach (var count in (int[])[10, 1_000, 10_000, 100_000])
        {
            keys.AddRange(await LoadCommand.KeysAsync(contestant.Url, count - keys.Count));
            // What was published of the new keys has been heard.
            await Task.Delay(2000);
            var ten = await Workload.RunAsync(contestant, keys[..10], time);
            // As many as can be asked twice in the time.
            var some = keys[^Math.Min(count, 5_000)..];
            var all = await Workload.RunAsync(contestant, some, time);
            var again = await Workload.RunAsync(contestant, some, time);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture, $"| {count:#,0} | {ten.CpuMicroseconds:0} | {all.CpuMicroseconds:0} | {again.CpuMicroseconds:0} |"));
        }

        Console.WriteLine();
    }

    private static async Task<double> MeasureAsync(Contestant contestant, Workload workload, double seconds) =>
        (await workload.RunAsync(contestant, TimeSpan.FromSeconds(seconds))).CpuMicroseconds ?? double.NaN;
}
