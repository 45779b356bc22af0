using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>The account actor itself, asked by several holders at once through a sidecar.</summary>
public class LeaseTests(BillingRig rig) : IClassFixture<BillingRig>
{
    [Fact]
    public async Task Two_hundred_parallel_asks_of_eight_holders_get_exactly_what_there_is()
    {
        // A clock that stands: however slow the machine, no lease expires and no bucket fills.
        await using var still = new BillingRig { Time = new ManualTime(new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero)) };
        await still.StartAsync();
        var id = (string)(await still.CreateKeyAsync("""{"limits":{"concurrentRequests":7},"budget":{"amount":1.25,"period":"month"}}"""))["id"]!;
        var grants = await Task.WhenAll(Enumerable.Range(0, 8).Select(async holder =>
        {
            var mine = new List<Allowance>();
            for (var i = 1; i <= 25; i++)
            {
                var slots = mine.Sum(g => g.Slots);
                var need = i % 3 == 0 ? new Allowance { Slots = 1 } : new Allowance { Requests = 1, Money = 0.1m };
                mine.Add(
                    (await still.Account(id).AcquireLeaseAsync(new LeaseRequest { LeaseId = "i" + holder, Sequence = i, Need = need, Slots = slots })).Granted);
            }

            return mine;
        }));
        Assert.Equal(1.2m, grants.SelectMany(g => g).Sum(g => g.Money));
        Assert.Equal(7, grants.SelectMany(g => g).Sum(g => g.Slots));
        Assert.Equal((0.05m, 7), ((await still.Account(id).GetStatusAsync()).Budget!.Left, (await still.Account(id).GetStatusAsync()).SlotsHeld));
    }

    [Fact]
    public async Task A_hundred_parallel_settlements_leave_not_a_cent_in_the_wrong_place()
    {
        var id = (string)(await rig.CreateKeyAsync("""{"budget":{"amount":100}}"""))["id"]!;
        var account = rig.Account(id);
        var request = new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = new Allowance { Requests = 100, Money = 100 } };
        Assert.Equal(100m, (await account.AcquireLeaseAsync(request)).Granted.Money);
        await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => rig.RecordAsync(id, BillingRig.Event($"{id}-{i}", id, cost: 0.333333m) with { LeaseId = "i1" })));
        var budget = (await account.GetStatusAsync()).Budget!;
        Assert.Equal((33.3333m, 66.6667m, 0m), (budget.Spent, budget.Held, budget.Left));
    }
}
