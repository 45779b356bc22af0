using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>Refused requests are told on the topic, put together.</summary>
public sealed class RefusedNoticeTests
{
    [Fact]
    public async Task The_first_is_told_at_once_and_a_flood_after_it_in_one()
    {
        var told = new ConcurrentQueue<RequestsRefused>();
        var notices = new RefusedNotices("key_1", Counts(("budget", 5)), told.Enqueue, TimeProvider.System, TimeSpan.FromMilliseconds(300));
        notices.Add(Counts(("budget", 6)));
        await UntilAsync(() => told.Count == 1);
        for (var i = 1; i <= 1_000; i++)
            notices.Add(Counts(("budget", 6 + i), ("requests", i)));
        await UntilAsync(() => told.Sum(t => t.Refused.Values.Sum()) == 2_001);
        Assert.InRange(told.Count, 2, 4);
        Assert.Equal(Counts(("budget", 1_006), ("requests", 1_000)), told.Last().Totals);
        await Task.Delay(700);
        var count = told.Count;
        notices.Add(Counts(("budget", 1_007), ("requests", 1_000)));
        await UntilAsync(() => told.Count == count + 1);
        Assert.Equal(Counts(("budget", 1)), told.Last().Refused);
    }

    [Fact]
    public async Task What_a_holder_has_refused_comes_on_the_topic()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var id = (string)(await rig.CreateKeyAsync("""{"limits":{"requestsPerMinute":1}}"""))["id"]!;
        var account = rig.Account(id);
        await account.AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = 1, Need = new Allowance { Requests = 1 } });
        var refused = new LeaseRequest { LeaseId = "i1", Sequence = 2, Refused = Counts(("requests", 3), ("unpriced", 1)) };
        await account.AcquireLeaseAsync(refused);
        // A call that is said again has no news.
        await account.AcquireLeaseAsync(refused);
        var notice = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/quota", 30)).Body)!;
        Assert.Equal("gateway.requests.refused.v1", (string)notice["type"]!);
        var data = notice["data"]!;
        Assert.Equal((id, 3, 1), ((string)data["accountId"]!, (int)data["refused"]!["requests"]!, (int)data["totals"]!["unpriced"]!));
        await Assert.ThrowsAnyAsync<Exception>(() => rig.Ingress.NextAsync("/notices/quota", 0.5));
    }

    private static Dictionary<string, long> Counts(params (string Reason, long Count)[] counts) => counts.ToDictionary(c => c.Reason, c => c.Count);

    private static Task UntilAsync(Func<bool> condition) => BillingRig.UntilAsync(() => Task.FromResult(condition()));
}
