using System.Globalization;

namespace Gateway.Fuzz;

/// <summary>The command line.</summary>
internal sealed record FuzzOptions
{
    public const string Usage = """
        Sends what nobody should send to the whole gateway, and has providers answer what none should answer.
          --minutes N    how long (1)
          --seed N       only this case, as a failure names it
          --from N       the first case; without it another one each time
          --cases N      how many at most
          --workers N    how many cases at once (4)
        Ends with "N passed, N failed", and with 1 if anything failed.
        """;

    public double Minutes { get; private set; } = 1;

    public long? Seed { get; private set; }

    public long From { get; private set; } = Random.Shared.NextInt64(1_000_000_000);

    public long? Cases { get; private set; }

    public int Workers { get; private set; } = 4;

    /// <summary>Null where there is something that is no option.</summary>
    public static FuzzOptions? Parse(string[] args)
    {
        var options = new FuzzOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length || !double.TryParse(args[i + 1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value < 0)
                return null;
            switch (args[i])
            {
                case "--minutes": options.Minutes = value; break;
                case "--seed": options.Seed = (long)value; break;
                case "--from": options.From = (long)value; break;
                case "--cases": options.Cases = (long)value; break;
                case "--workers": options.Workers = Math.Max(1, (int)value); break;
                default: return null;
            }
        }

        return options;
    }
}
