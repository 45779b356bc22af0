using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>The whole gateway as one process that is ended while answers run: hard, at random moments, and gently.</summary>
public sealed partial class LocalCrashTests : IAsyncLifetime
{
    private const int Kills = 3;
    private const double LeaseSeconds = 1;
    private const double ReservationSeconds = 2;

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-crash-").FullName;
    private readonly Clients _clients = new();
    private readonly Admin _admin;
    private FakeUpstream _upstream = null!;
    private ChildProcess? _gateway;
    private volatile string _url = "";

    public LocalCrashTests() => _admin = new Admin(() => _url);

    public async Task InitializeAsync()
    {
        _upstream = await FakeUpstream.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(_directory, "catalog.json"), TestGateway.Catalog(_upstream.Url, _upstream.Url));
    }

    public async Task DisposeAsync()
    {
        _clients.Dispose();
        _admin.Dispose();
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Rules F26, F36 and F37.</summary>
    [Fact]
    public Task Killed_at_random_moments_it_counts_each_answer_that_a_client_saw_the_end_of_once_and_frees_what_was_reserved() => Seeded.RunAsync(async seed =>
    {
        var random = new Random(seed);
        _upstream.Always(null, r => Numbered.Answer(r, seed));
        await StartAsync();
        var plain = await _admin.CreateKeyAsync(new { name = "plain" });
        var limited = await _admin.CreateKeyAsync(
            new
            {
                name = "limited",
                limits = new { concurrentRequests = 8, requestsPerMinute = 100_000 },
                budget = new { amount = 1000, period = "total", enforcement = "strict" },
            });
        _clients.Run(6, () => _url, plain.Id, plain.Key);
        _clients.Run(6, () => _url, limited.Id, limited.Key);
        await _clients.UntilEndedAsync(plain.Id, limited.Id);
        for (var kill = 1; kill <= Kills; kill++)
        {
            await Task.Delay(random.Next(200, 1200));
            if (kill == Kills)
                await HoldsAsync(limited.Id);
            await _gateway!.KillAsync();
            if (kill == Kills)
                await _clients.StopAsync();
            await StartAsync();
        }

        await FreedAsync(limited.Id);
        for (var i = 0; i < 2; i++)
            Assert.True((await _clients.CallAsync(_url, limited.Id, limited.Key)).Ended);
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, plain.Id);
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, limited.Id);
    });

    /// <summary>Rule F35.</summary>
    [Fact]
    public async Task Told_to_stop_it_lets_streams_finish_and_all_that_is_queued_is_counted()
    {
        var gate = new Gate();
        var held = 0;
        _upstream.Always(r => Interlocked.Increment(ref held) <= 10, r => Numbered.Answer(r, gate)).Always(null, r => Numbered.Answer(r, 1));
        await StartAsync();
        var (id, key) = await _admin.CreateKeyAsync(new { name = "stopping", limits = new { concurrentRequests = 200 } });
        var streams = Enumerable.Range(0, 10).Select(_ => _clients.CallAsync(_url, id, key, streamed: true)).ToList();
        for (var i = 0; i < streams.Count; i++)
            await gate.ReachedAsync();
        var queued = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => _clients.CallAsync(_url, id, key, streamed: false))).WaitAsync(TestGateway.Timeout);
        Assert.All(queued, c => Assert.True(c.Ended));

        var exit = _gateway!.TerminateAsync(TimeSpan.FromSeconds(12));
        await _gateway.WroteAsync("Stopping:");
        gate.Release(streams.Count);
        Assert.All(await Task.WhenAll(streams).WaitAsync(TestGateway.Timeout), c => Assert.True(c.Ended));
        Assert.Equal(0, await exit);

        await StartAsync();
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, id);
        Assert.Equal(110, (await _admin.EventsAsync(id)).Count);
    }

    private async Task StartAsync()
    {
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        _gateway = ChildProcess.Start(
            "Gateway.Local.dll",
            new Dictionary<string, string>
            {
                ["GATEWAY_CATALOG"] = Path.Combine(_directory, "catalog.json"),
                ["GATEWAY_ADMIN_KEY"] = TestGateway.AdminKey,
                ["GATEWAY_LEASE_SECONDS"] = $"{LeaseSeconds}",
                ["GATEWAY_RESERVATION_TTL_SECONDS"] = $"{ReservationSeconds}",
            },
            "--urls", "http://127.0.0.1:0", "--data", Path.Combine(_directory, "data"));
        await _gateway.WroteAsync("-d '{");
        _url = Printed().Match(_gateway.Output).Groups[1].Value;
    }

    private async Task HoldsAsync(string keyId)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while ((await StatusAsync(keyId)) is not { Held: > 0, Slots: > 0 })
            await Task.Delay(20, limit.Token);
    }

    /// <summary>The lease of the dead process ends a lifetime after its last call, its money is free a reservation's time later.</summary>
    private async Task FreedAsync(string keyId)
    {
        await Task.Delay(TimeSpan.FromSeconds(LeaseSeconds + ReservationSeconds));
        Assert.Equal((0m, 0), await StatusAsync(keyId));
    }

    private async Task<(decimal Held, int Slots)> StatusAsync(string keyId)
    {
        var status = (await _admin.GetAsync($"/admin/v1/keys/{keyId}/status")).GetProperty("status");
        return (
            decimal.Parse(status.GetProperty("budget").GetProperty("held").GetString()!, System.Globalization.CultureInfo.InvariantCulture),
            status.GetProperty("slotsHeld").GetInt32());
    }

    [GeneratedRegex(@"^Gateway\s+(\S+)", RegexOptions.Multiline)]
    private static partial Regex Printed();
}
