using System.Diagnostics;
using System.Globalization;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.Durability;
using Xunit.Abstractions;

namespace Gateway.Tests.Faults;

/// <summary>
/// Each process of a gateway is killed, stopped for a while, slowed down and restarted while clients go on asking. Whatever they saw: at the end
/// the ledger is exact, no limit was passed, and no request hung.
/// </summary>
[Collection(Name)]
public sealed class FaultTests(FaultTests.Rig rig, ITestOutputHelper output) : IClassFixture<FaultTests.Rig>
{
    public const string Name = "Faults";

    /// <summary>Of a whole test, on a machine that has much else to do.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(6);

    /// <summary>Until everything is well again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Longer than health checks need to notice.</summary>
    private static readonly TimeSpan Stopped = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slowed = TimeSpan.FromSeconds(1.5);

    /// <summary>One part in ten of the time is left to a process that is slowed down.</summary>
    private static readonly TimeSpan Pulse = TimeSpan.FromMilliseconds(100);

    public static TheoryData<string> Processes =>
    [
        AppIds.Ingress, AppIds.Translator, AppIds.ProviderAdapter, AppIds.Billing,
        FaultyGateway.SidecarOf(AppIds.Ingress), FaultyGateway.SidecarOf(AppIds.Translator), FaultyGateway.SidecarOf(AppIds.ProviderAdapter),
        FaultyGateway.SidecarOf(AppIds.Billing), FaultyGateway.Store,
    ];

    [Theory]
    [MemberData(nameof(Processes))]
    public Task Whatever_befalls_it_the_ledger_and_the_limits_are_exact_and_no_request_hangs(string process) =>
        Seeded.RunAsync(async seed =>
        {
            try
            {
                await RunAsync(process, seed).WaitAsync(Limit);
            }
            catch
            {
                output.WriteLine(rig.Gateway.LastWords());
                throw;
            }
        });

    private async Task RunAsync(string process, int seed)
    {
        var gateway = rig.Gateway;
        await gateway.HealAsync();
        using var admin = new Admin(() => gateway.Doors[1]);
        using var clients = new Clients { MaxTokens = 20_000 };
        rig.Upstream.Always(null, r => Numbered.Answer(r, seed));
        var before = rig.Upstream.Requests.Count;
        var free = await admin.CreateKeyAsync(new { name = "free" });
        // What the clients would use is more than this.
        const decimal Budget = 1;
        const int PerMinute = 120;
        var strict = await admin.CreateKeyAsync(
            new { name = "strict", budget = new { amount = Budget, period = "total", enforcement = "strict", maxReservation = 0.05 } });
        var rated = await admin.CreateKeyAsync(new { name = "rated", limits = new { requestsPerMinute = PerMinute } });
        var started = Stopwatch.StartNew();
        foreach (var (id, key) in new[] { free, strict, rated })
            clients.Run(3, gateway.NextDoor, id, key);

        await HurtAsync("kill -9", async () =>
        {
            await gateway.KillAsync(process);
            await Task.Delay(TimeSpan.FromMilliseconds(new Random(seed).Next(0, 800)));
            await gateway.StartAsync(process);
        });
        await HurtAsync("stop for 2 s", async () =>
        {
            gateway.Pause(process);
            await Task.Delay(Stopped);
            gateway.Resume(process);
        });
        await HurtAsync("slow for 1.5 s", async () =>
        {
            for (var slow = Stopwatch.StartNew(); slow.Elapsed < Slowed;)
            {
                gateway.Pause(process);
                await Task.Delay(0.9 * Pulse);
                gateway.Resume(process);
                await Task.Delay(0.1 * Pulse);
            }
        });
        await HurtAsync("restart", async () =>
        {
            await gateway.TerminateAsync(process);
            await gateway.StartAsync(process);
        });

        await clients.StopAsync();
        var elapsed = started.Elapsed;
        Assert.DoesNotContain(clients.Calls, c => c.Hung);
        var ledger = new Ledger(admin, rig.Upstream, before);
        foreach (var (id, _) in new[] { free, strict, rated })
            await ledger.CheckAsync(clients.Calls, id);

        var spent = (await admin.EventsAsync(strict.Id))
            .Sum(e => decimal.Parse(e.GetProperty("cost").GetProperty("amount").GetString()!, CultureInfo.InvariantCulture));
        Assert.True(spent <= Budget, $"{spent} spent of {Budget}");
        var allowed = PerMinute * (1 + elapsed.TotalMinutes);
        var served = clients.Calls.Count(c => c.KeyId == rated.Id && c.Status == 200);
        Assert.True(served <= allowed, $"{served} requests in {elapsed}, {allowed:0} allowed");
        output.WriteLine($"{process}: {clients.Calls.Count} calls, {clients.Calls.Count(c => c.Ended)} answered to the end, in {elapsed.TotalSeconds:0.0} s");

        Task HurtAsync(string fault, Func<Task> hurt) => RecoverAsync($"{process}, {fault}", hurt, door => clients.CallAsync(door, free.Id, free.Key));
    }

    /// <summary>Prints how long it took from the end of the fault until every replica was ready and both doors answered over both routes.</summary>
    private async Task RecoverAsync(string what, Func<Task> hurt, Func<string, Task<Call>> call)
    {
        await hurt();
        var recovery = Stopwatch.StartNew();
        await rig.Gateway.ReadyAsync();
        foreach (var door in rig.Gateway.Doors)
        {
            // Two in a row: one call after the other takes the other route.
            for (var answered = 0; answered < 2;)
            {
                answered = (await call(door)).Ended ? answered + 1 : 0;
                Assert.True(recovery.Elapsed < Patience, $"{door} does not answer after {what}");
                if (answered == 0)
                    await Task.Delay(50);
            }
        }

        var line = $"{what}: well again after {recovery.Elapsed.TotalSeconds:0.0} s";
        output.WriteLine(line);
        Console.WriteLine(line);
    }

    /// <summary>Started once for all of them.</summary>
    public sealed class Rig : IAsyncLifetime
    {
        public FakeUpstream Upstream { get; private set; } = null!;

        internal FaultyGateway Gateway { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Upstream = await FakeUpstream.StartAsync();
            Gateway = await FaultyGateway.StartAsync(Upstream);
        }

        public async Task DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Upstream.DisposeAsync();
        }
    }
}

/// <summary>By itself: seventeen processes and nothing beside them.</summary>
[CollectionDefinition(FaultTests.Name, DisableParallelization = true)]
public sealed class FaultCollection;
