using System.Diagnostics;

namespace Gateway.Benchmarks.Load;

/// <summary>One line of the table, and how it is driven. Every one reports figures by name.</summary>
internal sealed record Workload(string Name, int RequestBytes, bool Stream, int Connections)
{
    public static readonly Workload Small = new("small", 2_000, false, 16);
    public static readonly Workload Big = new("big", 57_000, false, 16);
    public static readonly Workload Burst = new("burst", 2_000, true, 16);
    public static readonly Workload Paced = new("paced", 2_000, true, 256);
    public static readonly Workload First = new("first", 2_000, true, 16);
    public static readonly Workload Idle = new("idle", 2_000, true, 1_000);

    /// <summary>The lengths of streams whose cost should grow straight.</summary>
    public static IReadOnlyList<int> Deltas { get; } = [100, 1_000, 10_000, 100_000, 1_000_000];

    public static Workload OfDeltas(int deltas) => new($"{LoadProvider.DeltasPrefix}{deltas}", 2_000, true, 4);

    public async Task<Figures> RunAsync(Contestant contestant, TimeSpan time)
    {
        var connections = Enumerable.Range(0, Connections).Select(_ => new LoadConnection(contestant.Address)).ToList();
        try
        {
            foreach (var connection in connections)
                await connection.OpenAsync();
            var request = contestant.Request(this);
            return Name switch
            {
                "paced" => await PacedAsync(contestant, connections, request),
                "first" => await FirstAsync(contestant, connections, request, time),
                "idle" => await IdleAsync(contestant, connections, request),
                _ => await ClosedAsync(contestant, connections, () => request, time),
            };
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Small requests, each with the next of the keys.</summary>
    public static async Task<Figures> RunAsync(Contestant contestant, IReadOnlyList<string> keys, TimeSpan time)
    {
        var requests = keys.Select(key => contestant.Request(Small, key)).ToArray();
        var next = -1;
        var connections = Enumerable.Range(0, Small.Connections).Select(_ => new LoadConnection(contestant.Address)).ToList();
        try
        {
            return await ClosedAsync(contestant, connections, () => requests[(uint)Interlocked.Increment(ref next) % (uint)requests.Length], time);
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Each connection asks again as soon as it has its answer.</summary>
    private static async Task<Figures> ClosedAsync(Contestant contestant, List<LoadConnection> connections, Func<byte[]> request, TimeSpan time)
    {
        var cpu = contestant.Process?.Cpu;
        var started = Stopwatch.GetTimestamp();
        var done = await Task.WhenAll(connections.Select(c => Task.Run(async () =>
        {
            var count = 0;
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                Require(await c.ExchangeAsync(request()), contestant);
                count++;
            }

            return count;
        })));
        var total = done.Sum();
        return new Figures
        {
            PerSecond = total / Stopwatch.GetElapsedTime(started).TotalSeconds,
            CpuMicroseconds = (contestant.Process?.Cpu - cpu)?.TotalMicroseconds / total,
        };
    }

    /// <summary>All streams at once, each with its events in step; every event says when it left the provider.</summary>
    private static async Task<Figures> PacedAsync(Contestant contestant, List<LoadConnection> connections, byte[] request)
    {
        var delays = new Histogram();
        var cpu = contestant.Process?.Cpu;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.Select(c => Task.Run(async () => Require(await c.ExchangeAsync(request, delays), contestant))));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var events = delays.Count;
        return new Figures
        {
            PerSecond = events / seconds,
            Delivered = (double)events / (connections.Count * LoadProvider.PacedEvents),
            CpuMicroseconds = (contestant.Process?.Cpu - cpu)?.TotalMicroseconds / events,
            P50 = delays.Percentile(50),
            P99 = delays.Percentile(99),
        };
    }

    /// <summary>From the request to the first byte of the stream.</summary>
    private static async Task<Figures> FirstAsync(Contestant contestant, List<LoadConnection> connections, byte[] request, TimeSpan time)
    {
        var firsts = new Histogram();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(connections.Select((c, i) => Task.Run(async () =>
        {
            // Not all in the same moment: a lone request's time is asked for, not a queue's.
            await Task.Delay(i * 5);
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var sent = Stopwatch.GetTimestamp();
                Require(await c.ExchangeAsync(request), contestant);
                firsts.Add(Stopwatch.GetElapsedTime(sent, c.FirstByte));
            }
        })));
        return new Figures { P50 = firsts.Percentile(50), P99 = firsts.Percentile(99) };
    }

    /// <summary>Streams that have begun and say nothing: what each of them holds in memory.</summary>
    private static async Task<Figures> IdleAsync(Contestant contestant, List<LoadConnection> connections, byte[] request)
    {
        if (contestant.Process is not { } process)
            return new Figures();
        var before = process.ResidentMegabytes;
        await Parallel.ForEachAsync(
            connections, new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (c, _) => Require(await c.ExchangeAsync(request, firstByteOnly: true), contestant));
        await Task.Delay(1000);
        return new Figures { KilobytesPerStream = (process.ResidentMegabytes - before) * 1000 / connections.Count };
    }

    private static void Require(bool ok, Contestant contestant)
    {
        if (!ok)
            throw new InvalidOperationException($"{contestant.Name} did not answer with a whole 200.");
    }
}
