using FsCheck;
using FsCheck.Fluent;
using Gateway.Billing.Accounts;

namespace Gateway.Tests.Billing;

public class AccountBookProperties
{
    [Fact]
    public void Whatever_the_interleaving_a_strict_budget_holds_slots_hold_rates_hold_and_no_cent_is_lost()
    {
        var scripts = Arb.From(Gen.Choose(0, 1_000_000).ArrayOf(120), script => ArbMap.Default.ArbFor<int[]>().Shrinker(script));
        Prop.ForAll(scripts, script =>
        {
            var broken = new LeaseWorld().Run(script);
            return (broken is null).Label(broken ?? "");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400));
    }

    [Fact]
    public void The_order_of_events_does_not_change_what_is_counted()
    {
        var costs = Gen.Choose(0, 100_000).ArrayOf().ToArbitrary();
        Prop.ForAll(costs, amounts =>
        {
            var time = new DateTimeOffset(2026, 2, 27, 0, 0, 0, TimeSpan.Zero);
            var events = amounts.Select(
                (a, i) => BillingRig.Event("r" + i, "key", time.AddHours(a % 100), a % 7 == 0 ? null : a / 10_000_000m, a % 3 == 0 ? "EUR" : "USD")).ToList();
            return Counted(events) == Counted(Enumerable.Reverse(events)) && Counted(events) == Counted(events.OrderBy(e => e.Cost?.Amount));
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void A_bucket_never_gives_more_than_its_limit_and_what_time_fills()
    {
        var script = Gen.Choose(0, 100_000).ArrayOf().ToArbitrary();
        Prop.ForAll(Gen.Choose(1, 5_000).ToArbitrary(), script, (limit, steps) =>
        {
            var start = new DateTimeOffset(2026, 3, 29, 0, 59, 0, TimeSpan.Zero);
            var now = start;
            var bucket = TokenBucket.Full(limit, now);
            long taken = 0, elapsed = 0;
            foreach (var step in steps)
            {
                elapsed += step % 977;
                now = start.AddMilliseconds(elapsed);
                bucket.Fill(now);
                var need = step % (2 * limit);
                if (!bucket.Covers(need))
                {
                    // As long as it says, and not a millisecond less.
                    var wait = bucket.MillisecondsUntil(need);
                    var early = bucket with { };
                    early.Fill(now.AddMilliseconds(wait - 1));
                    var inTime = bucket with { };
                    inTime.Fill(now.AddMilliseconds(wait));
                    if (early.Covers(need) || !inTime.Covers(need))
                        return false;
                    continue;
                }

                bucket.Take(bucket.Required(need));
                taken += bucket.Required(need);
                if (taken * 60_000 > (60_000 + elapsed) * limit)
                    return false;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure);
    }

    private static string Counted(IEnumerable<Gateway.Contracts.Usage.UsageEvent> events)
    {
        var book = new AccountBook("key", new AccountState(), new AccountOptions());
        foreach (var e in events)
            book.Record(BillingRig.Entry(e));
        var balance = book.Balance();
        var days = book.State.Days.OrderBy(d => d.Day)
            .ThenBy(d => d.Currency, StringComparer.Ordinal).Select(d => (d.Day, d.Currency, decimal.Round(d.Spent, 20)));
        return string.Join(";", balance.Spent.OrderBy(s => s.Key, StringComparer.Ordinal)) + balance.Events + balance.UnpricedRequests + balance.FirstDay +
            balance.LastDay + string.Join(";", days);
    }
}
