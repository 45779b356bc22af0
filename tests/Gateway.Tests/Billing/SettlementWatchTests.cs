using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;
using Gateway.Tests.ProviderAdapter;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>A subscription that has come to a standstill is seen from the side of who publishes.</summary>
public class SettlementWatchTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task Events_that_are_published_and_not_counted_make_a_lag_until_they_are_or_later_ones_are()
    {
        var time = new ShiftedTime();
        using var watch = new SettlementWatch(rig.Actors, time, NullLogger<SettlementWatch>.Instance);
        var first = Event(1);
        watch.Published(UsageJson.Write(first));
        time.Advance(TimeSpan.FromSeconds(90));
        await watch.LookAsync();
        Assert.InRange(watch.Lag, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(200));
        var late = await watch.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal((HealthStatus.Degraded, true), (late.Status, late.Description!.Contains("not been counted", StringComparison.Ordinal)));

        await rig.RecordAsync(first.KeyId, first);
        await watch.LookAsync();
        Assert.Equal(TimeSpan.Zero, watch.Lag);
        Assert.Equal(HealthStatus.Healthy, (await watch.CheckHealthAsync(new HealthCheckContext())).Status);

        // One that never will be counted is passed over when a later one has been.
        watch.Published(UsageJson.Write(Event(2)));
        time.Advance(TimeSpan.FromSeconds(30));
        watch.Published(UsageJson.Write(Event(3)));
        await watch.LookAsync();
        Assert.InRange(watch.Lag, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(140));
        await rig.RecordAsync(first.KeyId, Event(3));
        await watch.LookAsync();
        Assert.Equal(TimeSpan.Zero, watch.Lag);
    }

    [Fact]
    public void A_long_standstill_keeps_its_age_and_a_bounded_number_of_events()
    {
        var time = new ShiftedTime();
        using var watch = new SettlementWatch(rig.Actors, time, NullLogger<SettlementWatch>.Instance);
        for (var i = 1; i <= 1000; i++)
        {
            watch.Published(UsageJson.Write(Event(i)));
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(watch.Lag, TimeSpan.FromSeconds(10_000), TimeSpan.FromSeconds(10_200));
        Assert.InRange(watch.Waiting, 2, 64);
    }

    private static UsageEvent Event(long number) =>
        BillingRig.Event($"watched-{number}", "key_watched") with { Source = "run-watched", Sequence = number, SequenceOf = $"watched-{number}" };
}
