using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>A strict budget is as exact when events come later than the reservation's time to live.</summary>
public class LateSettlementTests
{
    private static readonly TimeSpan PastTheTimeToLive = TimeSpan.FromSeconds(15 + 900 + 1);

    [Fact]
    public async Task A_holder_that_closed_its_lease_leaves_the_cost_of_its_events_held_however_late_they_are()
    {
        var (rig, time, id, account) = await StartAsync();
        await using var stop = rig;
        await account.ReturnLeaseAsync(new LeaseReturn { LeaseId = "i1", Sequence = 2, Return = new Allowance { Money = 0.1m } });

        time.Advance(PastTheTimeToLive);
        Assert.NotNull((await account.AcquireLeaseAsync(Need("i2", 1, 0.5m))).Refusal);
        Assert.Equal(0m, (await account.GetBalanceAsync()).Unsettled);

        // They come, and are all there is.
        await rig.RecordAsync(id, BillingRig.Event("late-1", id, time.Now, 0.4m) with { LeaseId = "i1" });
        await rig.RecordAsync(id, BillingRig.Event("late-2", id, time.Now, 0.5m) with { LeaseId = "i1" });
        var budget = (await account.GetStatusAsync()).Budget!;
        Assert.Equal((0.9m, 0m, 0m), (budget.Spent, budget.Held, (await account.GetBalanceAsync()).Overrun));
    }

    [Fact]
    public async Task A_holder_that_died_leaves_what_its_requests_had_cost_held_and_the_rest_is_released()
    {
        var (rig, time, id, account) = await StartAsync();
        await using var stop = rig;
        // Requests for 0.6 are over, one of 0.2 has been settled; then nothing more is heard.
        await account.AcquireLeaseAsync(Need("i1", 2, 0) with { Finished = 0.6m });
        await rig.RecordAsync(id, BillingRig.Event("early", id, time.Now, 0.2m) with { LeaseId = "i1" });

        time.Advance(PastTheTimeToLive);
        var grant = await account.AcquireLeaseAsync(Need("i2", 1, 0.4m));
        Assert.Null(grant.Refusal);
        Assert.NotNull((await account.AcquireLeaseAsync(Need("i3", 1, 0.01m))).Refusal);
        Assert.Equal((0.4m, 1L), ((await account.GetBalanceAsync()).Unsettled, (await account.GetBalanceAsync()).UnsettledLeases));

        // It was only away: what it had free and running is void, what it had finished is not, and its events settle as ever.
        var back = await account.AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = 3, Return = new Allowance { Money = 0.3m } });
        Assert.True(back.Opened);
        Assert.True((await account.AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = 3, Return = new Allowance { Money = 0.3m } })).Opened);
        Assert.Equal(0.8m, (await account.GetStatusAsync()).Budget!.Held);
        await rig.RecordAsync(id, BillingRig.Event("late", id, time.Now, 0.4m) with { LeaseId = "i1" });
        var budget = (await account.GetStatusAsync()).Budget!;
        Assert.Equal((0.6m, 0.4m, 0m), (budget.Spent, budget.Held, (await account.GetBalanceAsync()).Overrun));
    }

    [Fact]
    public async Task What_no_event_has_come_for_in_a_week_is_released()
    {
        var (rig, time, _, account) = await StartAsync();
        await using var stop = rig;
        await account.ReturnLeaseAsync(new LeaseReturn { LeaseId = "i1", Sequence = 2, Return = default });
        time.Advance(TimeSpan.FromDays(7));
        Assert.NotNull((await account.AcquireLeaseAsync(Need("i2", 1, 0.5m))).Refusal);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Null((await account.AcquireLeaseAsync(Need("i2", 2, 0.5m))).Refusal);
        Assert.Equal(1m, (await account.GetBalanceAsync()).Unsettled);
    }

    /// <summary>An account with a strict budget of 1, all of which "i1" holds.</summary>
    private static async Task<(BillingRig Rig, ManualTime Time, string Id, IAccountActor Account)> StartAsync()
    {
        var time = new ManualTime(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero));
        var rig = new BillingRig { Time = time };
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":1}}"""))["id"]!;
        var account = rig.Account(id);
        await account.AcquireLeaseAsync(Need("i1", 1, 1m));
        return (rig, time, id, account);
    }

    private static LeaseRequest Need(string lease, long sequence, decimal money) =>
        new() { LeaseId = lease, Sequence = sequence, Need = new Allowance { Requests = 1, Money = money } };
}
