using System.Globalization;

namespace Gateway.Benchmarks.Load;

internal sealed record LoadOptions
{
    private static readonly Workload[] All = [Workload.Small, Workload.Big, Workload.Burst, Workload.Paced, Workload.First, Workload.Idle];

    public int Rounds { get; private init; } = 5;

    public double Seconds { get; private init; } = 2;

    public double WarmUpSeconds { get; private init; } = 8;

    public int ProviderPort { get; private init; }

    public Uri? External { get; private init; }

    public string? ExternalKey { get; private init; }

    public IReadOnlyList<Workload> Workloads { get; private init; } = All;

    /// <summary>The gateways to measure, and the folders they are in.</summary>
    public IReadOnlyList<(string Name, string Directory)> Builds { get; private init; } = [("gateway", AppContext.BaseDirectory)];

    private string[]? Contestants { get; init; }

    public bool Has(string contestant) => Contestants is null || Contestants.Contains(contestant);

    /// <summary>Null when the command line is not understood, or asks for help.</summary>
    public static LoadOptions? Parse(string[] args)
    {
        var options = new LoadOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
                return null;
            var value = args[i + 1];
            var next = args[i] switch
            {
                "--rounds" => options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = double.Parse(value, CultureInfo.InvariantCulture) },
                "--warm-up" => options with { WarmUpSeconds = double.Parse(value, CultureInfo.InvariantCulture) },
                "--workloads" => options with { Workloads = [.. All.Where(w => value.Split(',').Contains(w.Name))] },
                "--contestants" => options with { Contestants = value.Split(',') },
                "--provider-port" => options with { ProviderPort = int.Parse(value, CultureInfo.InvariantCulture) },
                "--external" => options with { External = new Uri(value) },
                "--before" => options with { Builds = [Build(value), .. options.Builds] },
                "--external-key" => options with { ExternalKey = value },
                _ => null,
            };
            if (next is null)
                return null;
            options = next;
        }

        return options;
    }

    /// <summary><c>DIR</c> or <c>NAME=DIR</c>: several builds need names to tell them apart.</summary>
    private static (string Name, string Directory) Build(string value)
    {
        var equals = value.IndexOf('=', StringComparison.Ordinal);
        return (equals < 0 ? "before" : value[..equals], Path.GetFullPath(value[(equals + 1)..]));
    }
}
