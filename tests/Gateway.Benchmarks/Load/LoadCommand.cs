using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// <code>
///   generator, provider: core 0        contestant: core 1, alone
///   for each round, for each workload, for each contestant: run, keep the figures     (interleaved, so that a noisy minute hits all)
///   medians, and their ratios to the bare forwarder
/// </code>
/// </summary>
internal static class LoadCommand
{
    public const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
    private const string Pinned = "GATEWAY_LOAD_PINNED";
    private const string AdminKey = "gw-admin-of-the-load";

    private const string Usage = """
        dotnet run -c Release --project tests/Gateway.Benchmarks -- load [options]

          --rounds N            rounds, of which medians are printed (default 5)
          --seconds S           length of one closed-loop run (default 2)
          --warm-up S           length of each run before the first round (default 8): until the runtime has compiled its best code
          --workloads A,B       of small, big, burst, paced, first, idle (default all)
          --contestants A,B     of direct, forwarder, native, translated (default all)
          --provider-port P     where the fake provider listens (default: a free port)
          --external URL        puts another gateway beside them, at its /v1/messages: route its models native/small, native/big, native/burst,
                                native/paced and native/first to http://127.0.0.1:P/small and so on (Anthropic's API below each)
          --external-key KEY    sent to it as x-api-key
          --before [NAME=]DIR   puts the gateway of another build beside this one: the folder that holds its Gateway.Local.dll; may be said again
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        var options = LoadOptions.Parse(args);
        if (options is null)
        {
            Console.WriteLine(Usage);
            return 1;
        }

        var pin = OperatingSystem.IsLinux()
            && Environment.GetEnvironmentVariable(Pinned) is null && Environment.ProcessorCount > 1
            && File.Exists("/usr/bin/taskset");
        if (pin)
            return await AgainAsync(args);

        var cores = Environment.GetEnvironmentVariable(Pinned) is { Length: > 0 };
        var directory = Directory.CreateTempSubdirectory("gateway-load-").FullName;
        var children = new List<ChildProcess>();
        try
        {
            var contestants = await StartAsync(options, cores ? 1 : null, cores ? 0 : null, directory, children);
            var report = new Report(contestants, cores);
            await MeasureAsync(options, contestants, report);
            report.Write(Console.Out);
            return 0;
        }
        finally
        {
            children.ForEach(c => c.Dispose());
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>The same command on core 0, so that the contestant has core 1 to itself.</summary>
    private static async Task<int> AgainAsync(string[] args)
    {
        var start = new ProcessStartInfo("taskset") { Environment = { [Pinned] = "1", [InlineCompletions] = "1" } };
        foreach (var arg in (string[])["-c", "0", "dotnet", typeof(LoadCommand).Assembly.Location, "load", .. args])
            start.ArgumentList.Add(arg);
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    internal static async Task<List<Contestant>> StartAsync(LoadOptions options, int? core, int? own, string directory, List<ChildProcess> children)
    {
        const string Self = "Gateway.Benchmarks.dll";
        var (providerProcess, provider) = await ChildProcess.StartAsync(
            own, Self, ["load-provider", options.ProviderPort.ToString()], "ready ", (InlineCompletions, "1"));
        children.Add(providerProcess);
        var contestants = new List<Contestant>();
        if (options.Has("direct"))
            contestants.Add(new Contestant("direct", provider, "/*/v1/messages", null, "native/", null));
        if (options.Has("forwarder"))
        {
            var (process, url) = await ChildProcess.StartAsync(core, Self, ["load-forwarder", provider.ToString().TrimEnd('/')], "ready ");
            children.Add(process);
            contestants.Add(new Contestant(Report.Baseline, url, "/*/v1/messages", null, "native/", process));
        }

        foreach (var (name, build) in options.Builds)
        {
            foreach (var route in (string[])["native", "translated"])
            {
                if (!options.Has(route))
                    continue;
                // A gateway for each route, so that the memory is the route's own.
                var data = Directory.CreateDirectory(Path.Combine(directory, $"{name}-{route}")).FullName;
                var catalog = Path.Combine(data, "catalog.json");
                await File.WriteAllTextAsync(catalog, Catalog(provider.ToString().TrimEnd('/')));
                var (
                    process,
                    url) = await ChildProcess.StartAsync(core, Path.Combine(build, "Gateway.Local.dll"),
                    ["--urls", "http://127.0.0.1:0", "--data", data], "Gateway ",
                    [("GATEWAY_CATALOG", catalog), ("GATEWAY_ADMIN_KEY", AdminKey), .. LaunchSettings(build)]);
                children.Add(process);
                contestants.Add(new Contestant($"{name}, {route}", url, "/v1/messages", await KeyAsync(url), route + "/", process));
            }
        }

        if (options.External is { } external)
            contestants.Add(new Contestant("external", external, "/v1/messages", options.ExternalKey, "native/", null));
        return contestants;
    }

    /// <summary>What <c>dotnet run</c> puts into the gateway's environment.</summary>
    private static IEnumerable<(string, string)> LaunchSettings(string build)
    {
        var path = Path.Combine(build, "launchSettings.json");
        if (!File.Exists(path))
            return [];
        using var settings = JsonDocument.Parse(File.ReadAllBytes(path));
        return [.. settings.RootElement.GetProperty("profiles").EnumerateObject().First().Value.GetProperty("environmentVariables").EnumerateObject()
            .Select(v => (v.Name, v.Value.GetString()!))];
    }

    private static async Task<string> KeyAsync(Uri gateway) => (await KeysAsync(gateway, 1))[0];

    /// <summary>Keys with every limit set, all of them out of reach: the gate is on, and never closes.</summary>
    internal static async Task<IReadOnlyList<string>> KeysAsync(Uri gateway, int count)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Add("x-api-key", AdminKey);
        var keys = new string[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, cancellation) =>
        {
            using var answer = await client.PostAsJsonAsync("/admin/v1/keys", Settings, cancellation);
            var body = await answer.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            keys[i] = body.TryGetProperty("key", out var key) ? key.GetString()! : throw new InvalidOperationException($"No key was made: {body}");
        });
        return keys;
    }

    private static readonly object Settings = new
    {
        name = "load",
        limits = new
        {
            requestsPerMinute = 100_000_000,
            inputTokensPerMinute = 100_000_000_000,
            outputTokensPerMinute = 100_000_000_000,
            concurrentRequests = 100_000,
        },
        budget = new { amount = 1_000_000_000, period = "month", enforcement = "strict" },
    };

    private static string Catalog(string provider)
    {
        string[] names =
        [
            Workload.Small.Name, Workload.Big.Name, Workload.Burst.Name, Workload.Paced.Name, Workload.First.Name, Workload.Idle.Name,
            .. Workload.Deltas.Select(n => Workload.OfDeltas(n).Name),
        ];
        var price = new { currency = "USD", perMillion = new { input = 3, output = 15, cacheRead = 0.3, cacheWrite5m = 3.75, cacheWrite1h = 6 } };
        return JsonSerializer.Serialize(new
        {
            providers = names.SelectMany(n => new (string Id, object Entry)[]
            {
                ($"native-{n}", new { dialect = "anthropic", baseUrl = $"{provider}/{n}" }),
                ($"translated-{n}", new { dialect = "openai-chat", baseUrl = $"{provider}/{n}/v1" }),
            }).ToDictionary(p => p.Id, p => p.Entry),
            models = names.SelectMany(n => (string[])[$"native/{n}", $"translated/{n}"]).Select(id => new
            {
                id,
                routes = new[] { new { provider = id.Replace('/', '-'), model = "fake" } },
                contextTokens = 200_000,
                maxOutputTokens = 64_000,
                price,
            }),
        });
    }

    private static async Task MeasureAsync(LoadOptions options, List<Contestant> contestants, Report report)
    {
        var workloads = options.Workloads;
        // Round 0 warms code and connections up and is not cached.
        for (var round = 0; round <= options.Rounds; round++)
        {
            foreach (var workload in workloads)
            {
                foreach (var contestant in contestants)
                {
                    if (workload == Workload.Idle && round != options.Rounds)
                        continue;
                    var figures = await workload.RunAsync(contestant, TimeSpan.FromSeconds(round == 0 ? options.WarmUpSeconds : options.Seconds));
                    // Each by itself shows whether the runtime has compiled its best code yet, and how much the machine changes.
                    Console.Error.WriteLine(
                        $"round {round}: {workload.Name}, {contestant.Name}: {figures.PerSecond:N0}/s, CPU {figures.CpuMicroseconds:N0} us, "
                        + $"p50 {figures.P50:0.00} ms, p99 {figures.P99:0.0} ms");
                    if (round > 0)
                        report.Add(contestant, workload, figures);
                }
            }
        }

        report.ReadMemory();
    }
}
