using System.Diagnostics;
using System.Net;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.DaprSdk.StandIn;

/// <summary>What a state store that hangs does to the front door. Played at the sidecar's HTTP, which only the stand-in asks for state.</summary>
public sealed class HangingStoreTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    [Fact]
    public async Task A_key_store_that_hangs_is_a_503_within_seconds_and_no_longer_than_it_hangs()
    {
        var hangs = true;
        using var over = new CancellationTokenSource();
        await using var proxy = await SidecarProxy.StartAsync(shared.Gateway.Local.SidecarOf(AppIds.Ingress), async context =>
        {
            if (!Volatile.Read(ref hangs) || !context.Request.Path.StartsWithSegments("/v1.0/state"))
                return false;
            await Task.Delay(TestGateway.Timeout, over.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        });
        await using var door = await shared.Gateway.OpenDoorAsync(proxy.Url);
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.First()) };
        var clock = Stopwatch.StartNew();
        using (var refused = await client.SendAsync(TestGateway.Messages("demo/echo", false)))
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
        Volatile.Write(ref hangs, false);
        await over.CancelAsync();
        using var served = await client.SendAsync(TestGateway.Messages("demo/echo", false));
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }
}
