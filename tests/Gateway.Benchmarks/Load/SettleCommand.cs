using System.Diagnostics;
using System.Globalization;
using System.Net;
using Gateway.Benchmarks.Hot;
using Gateway.Billing;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Local.Sidecar;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks.Load;

/// <summary>
/// How many usage events a second billing settles, delivered one a call as daprd does without bulk: for one key, for ten, a hundred and a thousand, with ten
/// and with 128 calls at once (pubsub.redis by default, and as components/pubsub.yaml says). Billing and its store are the local runtime's; the
/// broker is left out. Prints Markdown.
/// </summary>
internal static class SettleCommand
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    public static async Task<int> RunAsync(string[] args)
    {
        var seconds = args switch
        {
            [] => 5.0,
            ["--seconds", var given] => double.Parse(given, CultureInfo.InvariantCulture),
            _ => throw new ArgumentException("What is known is --seconds S."),
        };
        var directory = Directory.CreateTempSubdirectory("gateway-settle-").FullName;
        try
        {
            using var limit = new CancellationTokenSource(StartLimit);
            var options = new SidecarOptions(Path.Combine(directory, "data"), Components());
            await using var sidecars = await SidecarRuntime.StartAsync(options, [AppIds.Billing], TimeProvider.System, NullLoggerFactory.Instance, limit.Token);
            await using var billing = BillingHost.Build(
                [
                    "--urls=http://127.0.0.1:0", $"--DAPR_HTTP_ENDPOINT={sidecars.HttpEndpoint(AppIds.Billing).ToString().TrimEnd('/')}",
                    $"--DAPR_GRPC_ENDPOINT={sidecars.GrpcEndpoint(AppIds.Billing).ToString().TrimEnd('/')}", "--GATEWAY_ADMIN_KEY=admin-key-of-the-benchmark",
                    "--Logging:LogLevel:Default=None",
                ]);
            await billing.StartAsync(limit.Token);
            var address = new Uri(billing.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
            await sidecars.AttachAsync(AppIds.Billing, address, limit.Token);
            using var client = new HttpClient { BaseAddress = address };
            while ((await client.GetAsync(new Uri("/healthz/ready", UriKind.Relative), limit.Token)).StatusCode != HttpStatusCode.OK)
                await Task.Delay(50, limit.Token);

            Console.WriteLine("| events/s settled (CPU us an event, client and store included) | 10 at once | 128 at once |\n|---|--:|--:|");
            foreach (var keys in new[] { 1, 10, 100, 1_000 })
            {
                var cells = new List<string>();
                foreach (var inFlight in new[] { 10, 128 })
                {
                    await DeliverAsync(client, keys, inFlight, WarmUp);
                    var (rate, cpu) = await DeliverAsync(client, keys, inFlight, TimeSpan.FromSeconds(seconds));
                    cells.Add(string.Create(CultureInfo.InvariantCulture, $"{rate:N0} ({cpu:N0})"));
                }

                Console.WriteLine($"| {keys} {(keys == 1 ? "key" : "keys")} | {string.Join(" | ", cells)} |");
            }

            await billing.StopAsync();
            return 0;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Events a second, and what one takes of the processor: on a machine that has other things to do that says more.</summary>
    private static async Task<(double Rate, double Cpu)> DeliverAsync(HttpClient client, int keys, int inFlight, TimeSpan time)
    {
        var source = Guid.NewGuid().ToString("N");
        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        long next = 0, settled = 0;
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(async _ =>
        {
            while (clock.Elapsed < time)
            {
                using var content = new ByteArrayContent(UsageJson.Write(Event(source, Interlocked.Increment(ref next), keys)));
                using var answer = await client.PostAsync(new Uri(InternalRoutes.UsageEvents, UriKind.Relative), content);
                if (!(await answer.Content.ReadAsStringAsync()).Contains("SUCCESS", StringComparison.Ordinal))
                    throw new InvalidOperationException("An event was not settled.");
                Interlocked.Increment(ref settled);
            }
        }));
        return (settled / clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / settled);
    }

    private static UsageEvent Event(string source, long number, int keys) =>
        SampleEvent.Of($"req_{source}_{number}", $"key_{number % keys}") with { Source = source, Sequence = (number / keys) + 1 };

    /// <summary>The repository's.</summary>
    private static string Components()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Gateway.sln")))
                return Path.Combine(directory.FullName, "components");
        }

        throw new InvalidOperationException("Run it inside the repository.");
    }
}
