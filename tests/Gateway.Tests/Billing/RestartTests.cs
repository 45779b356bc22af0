using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

public class RestartTests
{
    [Fact]
    public async Task Keys_usage_open_leases_and_duplicates_survive_a_restart()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var key = await rig.CreateKeyAsync("""{"budget":{"amount":10},"limits":{"concurrentRequests":3}}""");
        var id = (string)key["id"]!;
        var e = BillingRig.Event("req_1", id, cost: 1.25m) with { LeaseId = "i1" };
        var request = new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = new Allowance { Requests = 1, Money = 4m, Slots = 1 } };
        var grant = await rig.Account(id).AcquireLeaseAsync(request);
        Assert.Null(grant.Refusal);
        await rig.Account(id).RecordUsageAsync(e);

        await rig.StopAsync();
        await rig.StartAsync();

        Assert.True((await rig.Account(id).RecordUsageAsync(e)).Duplicate);
        var status = await rig.Account(id).GetStatusAsync();
        Assert.Equal((1.25m, 2.75m, 6m), (status.Budget!.Spent, status.Budget.Held, status.Budget.Left));

        // The call whose answer the restart may have lost is repeated and debits nothing more.
        var again = await rig.Account(id).AcquireLeaseAsync(request);
        Assert.Equal(grant.Granted, again.Granted);
        Assert.Equal(2.75m, (await rig.Account(id).GetStatusAsync()).Budget!.Held);
        Assert.NotNull(await rig.RecordAsync((string)key["key"]!));
        Assert.Equal(id, (await rig.RecordAsync((string)key["key"]!))!.Id);
    }

    [Fact]
    public async Task An_event_published_while_billing_is_away_is_counted_when_it_is_back()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        await rig.PublishAsync(UsageJson.Write(BillingRig.Event("req_1", "key_a")));
        await rig.StopAsync();
        await rig.StartAsync();
        await BillingRig.UntilAsync(async () => (await rig.Account("key_a").GetBalanceAsync()).Events == 1);
    }

    [Fact]
    public async Task A_silent_holder_is_released_by_the_reminder_without_any_call()
    {
        await using var rig = new BillingRig { Settings = ["--GATEWAY_LEASE_SECONDS=0.3", "--GATEWAY_RESERVATION_TTL_SECONDS=0.7"] };
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":10}}"""))["id"]!;
        await rig.Account(id).AcquireLeaseAsync(new LeaseRequest { LeaseId = "dead", Sequence = 1, Need = new Allowance { Requests = 1, Money = 4m } });

        // The balance is as it was last stored: reading it sweeps nothing.
        await BillingRig.UntilAsync(async () => (await rig.Account(id).GetBalanceAsync()).UnsettledLeases == 1);
        Assert.Equal(4m, (await rig.Account(id).GetBalanceAsync()).Unsettled);
        Assert.Equal(10m, (await rig.Account(id).GetStatusAsync()).Budget!.Left);
    }
}
