using System.Collections.Concurrent;
using System.Diagnostics;

namespace Gateway.Fuzz;

/// <summary>
/// One case after another, each made of its number alone, so that a failure is seen again by its number:
/// <code>
///   number -> Random -> target (request, admin call, provider's answer, bytes of HTTP) -> seed of the corpus -> mutations -> gateway -> expectations
/// </code>
/// </summary>
internal static class FuzzCommand
{
    private const int MostFailures = 20;
    private static readonly TimeSpan CaseLimit = TimeSpan.FromSeconds(40);

    /// <summary>What the log of a case may take to come.</summary>
    private static readonly TimeSpan LogDelay = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(string[] args)
    {
        if (FuzzOptions.Parse(args) is not { } options)
        {
            Console.WriteLine(FuzzOptions.Usage);
            return 2;
        }

        var output = Console.Out;
        using var log = new LogWatch();
        // Before the gateway's loggers take hold of it.
        Console.SetOut(log);
        AppDomain.CurrentDomain.UnhandledException += (_, e) => log.Add($"unhandled: {e.ExceptionObject}");
        TaskScheduler.UnobservedTaskException += (_, e) => log.Add($"unobserved: {e.Exception}");
        var corpus = Corpus.Load();
        var failures = new ConcurrentQueue<string>();
        var running = new ConcurrentDictionary<long, bool>();
        long done = 0, next = options.Seed ?? options.From;
        var last = options.Seed ?? (options.Cases is { } cases ? options.From + cases - 1 : long.MaxValue);
        await using var gateway = await FuzzGateway.StartAsync();
        await output.WriteLineAsync($"From case {next}, {corpus.Count} seeds, {options.Workers} at once");
        var clock = Stopwatch.StartNew();
        var limit = TimeSpan.FromMinutes(options.Minutes);
        await Task.WhenAll(Enumerable.Range(0, options.Workers).Select(_ => Task.Run(WorkAsync)));
        await Task.Delay(LogDelay);
        await NoteAsync(null, () => gateway.CheckAccountsAsync(CancellationToken.None));
        NoteLog();

        foreach (var failure in failures)
            await output.WriteLineAsync(failure);
        await output.WriteLineAsync($"{gateway.Statuses}");
        await output.WriteLineAsync($"{done - failures.Count(f => f.StartsWith("Failed: case", StringComparison.Ordinal))} passed, {failures.Count} failed");
        return failures.IsEmpty ? 0 : 1;

        async Task WorkAsync()
        {
            while (clock.Elapsed < limit && failures.Count < MostFailures)
            {
                var seed = Interlocked.Increment(ref next) - 1;
                if (seed > last)
                    return;
                running[seed] = true;
                await NoteAsync(seed, () => RunCaseAsync(gateway, corpus, seed));
                Interlocked.Increment(ref done);
                running.TryRemove(seed, out _);
                NoteLog();
            }
        }

        async Task NoteAsync(long? seed, Func<Task> run)
        {
            try
            {
                await run();
            }
            catch (Exception e)
            {
                failures.Enqueue($"Failed: {(seed is null ? "at the end" : $"case {seed}")}: {(e is FuzzFailure ? e.Message : e.ToString())}");
            }
        }

        void NoteLog()
        {
            while (log.TryTake(out var line))
                failures.Enqueue($"Failed: in the log, cases {string.Join(", ", running.Keys.Order())} and just before: {line}");
        }
    }

    private static async Task RunCaseAsync(FuzzGateway gateway, Corpus corpus, long seed)
    {
        using var limit = new CancellationTokenSource(CaseLimit);
        var random = new Random(unchecked((int)(seed * 2_654_435_761)));
        try
        {
            await (random.Next(10) switch
            {
                < 4 => AnswerTarget.RunAsync(gateway, corpus, random, seed, limit.Token),
                < 7 => RequestTarget.RunAsync(gateway, corpus, random, limit.Token),
                < 9 => AdminTarget.RunAsync(gateway, random, limit.Token),
                _ => WireTarget.RunAsync(gateway, corpus, random, limit.Token),
            });
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            throw new FuzzFailure($"hangs: nothing for {CaseLimit.TotalSeconds} s");
        }
    }
}
