using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>The services apart, as in production: one dies at a time, and the ledger comes out the same.</summary>
public sealed class SeparateCrashTests : IAsyncLifetime
{
    private readonly Clients _clients = new();
    private Admin _admin = null!;
    private FakeUpstream _upstream = null!;
    private SeparateGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _upstream = await FakeUpstream.StartAsync();
        _gateway = await SeparateGateway.StartAsync(_upstream);
        _admin = new Admin(() => _gateway.Url);
    }

    public async Task DisposeAsync()
    {
        _clients.Dispose();
        _admin.Dispose();
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public Task Whichever_process_dies_each_answer_that_a_client_saw_the_end_of_is_counted_once() => Seeded.RunAsync(async seed =>
    {
        var random = new Random(seed);
        _upstream.Always(null, r => Numbered.Answer(r, seed));
        var plain = await _admin.CreateKeyAsync(new { name = "plain" });
        var limited = await _admin.CreateKeyAsync(
            new { name = "limited", limits = new { concurrentRequests = 100 }, budget = new { amount = 1000, period = "total", enforcement = "strict" } });
        _clients.Run(6, () => _gateway.Url, plain.Id, plain.Key);
        _clients.Run(6, () => _gateway.Url, limited.Id, limited.Key);
        await _clients.UntilEndedAsync(plain.Id, limited.Id);
        foreach (var process in new[] { AppIds.Ingress, AppIds.Billing, SeparateGateway.Sidecars }.OrderBy(_ => random.Next()))
        {
            await Task.Delay(random.Next(200, 800));
            await _gateway.KillAsync(process);
            await Task.Delay(random.Next(0, 800));
            await _gateway.StartAsync(process);
            await _gateway.ReadyAsync();
        }

        await Task.Delay(random.Next(200, 800));
        await _clients.StopAsync();
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, plain.Id);
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, limited.Id);
    });

    /// <summary>Rules F35 and F38.</summary>
    [Fact]
    public async Task Ended_while_billing_and_the_broker_are_away_ingress_counts_its_streams_too_once_they_are_back()
    {
        // One stream comes to its end while the front door closes, the other never does and is cut.
        var (first, never) = (new Gate(), new Gate());
        _upstream
            .Always(r => Numbered.NumberOf(r) == 1, r => Numbered.Answer(r, first))
            .Always(r => Numbered.NumberOf(r) == 2, r => Numbered.Answer(r, never))
            .Always(null, r => Numbered.Answer(r, 1));
        var (id, key) = await _admin.CreateKeyAsync(new { name = "away" });
        var ends = _clients.CallAsync(_gateway.Url, id, key, streamed: true);
        await first.ReachedAsync();
        var cut = _clients.CallAsync(_gateway.Url, id, key, streamed: true);
        await never.ReachedAsync();
        await _gateway.KillAsync(AppIds.Billing);
        var queued = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => _clients.CallAsync(_gateway.Url, id, key))).WaitAsync(TestGateway.Timeout);
        Assert.All(queued, c => Assert.True(c.Ended));

        var exit = _gateway.TerminateAsync(AppIds.Ingress, TimeSpan.FromSeconds(10));
        first.Release();
        Assert.True((await ends.WaitAsync(TestGateway.Timeout)).Ended);
        Assert.Equal(0, await exit);
        Assert.False((await cut.WaitAsync(TestGateway.Timeout)).Ended);
        await _gateway.KillAsync(SeparateGateway.Sidecars);

        await _gateway.StartAsync(SeparateGateway.Sidecars);
        await _gateway.StartAsync(AppIds.Ingress);
        await _gateway.StartAsync(AppIds.Billing);
        await _gateway.ReadyAsync();
        await new Ledger(_admin, _upstream).CheckAsync(_clients.Calls, id);
        var events = await _admin.EventsAsync(id);
        var broken = Assert.Single(events, e => e.GetProperty("request_id").GetString() == cut.Result.RequestId);
        Assert.NotEqual("completed", broken.GetProperty("outcome").GetString());
        Assert.Equal(32, events.Count);
    }
}
