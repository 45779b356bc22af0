using System.Text.Json;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

public class FactPagesTests
{
    private static readonly DateOnly Day = new(2026, 3, 14);
    private static readonly DateTimeOffset Midnight = new(Day, TimeOnly.MinValue, TimeSpan.Zero);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(40, 7)]
    [InlineData(3_000, 64)]
    public async Task However_many_users_a_day_has_no_page_is_large_and_every_request_is_on_one(int users, int batch)
    {
        var state = new MemoryState();
        var pages = new FactPages(state);
        var random = new Random(users);
        var all = new UsageSums();
        for (var i = 0; i < 3_000; i++)
        {
            var e = BillingRig.Event("r", "k", Midnight.AddHours(random.Next(24)), random.Next(100) / 100m) with { User = "u" + random.Next(users) };
            var row = UsageRow.Of(e);
            all.Add(row.Sums);
            await pages.AddAsync(row, UsageOrigin.Of(e));
            if (i % batch > 0)
                continue;
            await pages.StageAsync();
            await pages.WrittenAsync();
            Assert.True(state.Held.Count <= 1, string.Join(' ', state.Held));
        }

        await pages.StageAsync();
        await pages.WrittenAsync();
        foreach (var enough in new[] { 1, 100, 1_000_000 })
        {
            var read = new UsageSums();
            var calls = 0;
            for (FactsQuery? next = new() { From = Day, To = Day }; next is not null; calls++)
            {
                var answer = await pages.ReadAsync(next, enough, _ => Task.FromResult(new List<UsageRow> { new() { Day = Day, Model = "m", Provider = "p" } }));
                var day = Assert.Single(answer.Days);
                Assert.Equal(calls == 0, day.Rows is not null);
                Assert.True(day.Facts.Count < enough + FactPages.MaxClosed + FactPages.MaxOpen);
                foreach (var fact in day.Facts)
                    read.Add(fact.Sums);
                next = answer.Next;
            }

            Assert.Equal(all, read);
            Assert.True(enough > 1 || users == 1 || calls > 1);
        }

        Assert.All(state.All<List<UsageFact>>(), page => Assert.InRange(page.Count, 0, FactPages.MaxClosed));
        Assert.InRange(Assert.Single(state.All<OpenFacts>()).Facts.Count, 0, FactPages.MaxOpen);
        // Few users, few facts: those of one hour add up.
        if (users == 1)
            Assert.InRange(state.All<List<UsageFact>>().Sum(p => p.Count), 1, 24);

        var turns = 1;
        for (; !await pages.TakeAsync(Day); turns++)
            Assert.True(turns < 100);
        Assert.Empty(state.All<OpenFacts>());
        Assert.Empty(state.All<List<UsageFact>>());
        Assert.Equal(users > 1, turns > 1);
    }

    [Fact]
    public async Task Days_follow_each_other_and_those_without_usage_are_left_out()
    {
        var pages = new FactPages(new MemoryState());
        foreach (var day in new[] { 0, 2, 3 })
        {
            var e = BillingRig.Event("r", "k", Midnight.AddDays(day));
            await pages.AddAsync(UsageRow.Of(e), UsageOrigin.Of(e));
        }

        await pages.StageAsync();
        var days = new List<DateOnly>();
        for (FactsQuery? next = new() { From = Day.AddDays(-2), To = Day.AddDays(9) }; next is not null;)
        {
            var answer = await pages.ReadAsync(next, 1, day => Task.FromResult<List<UsageRow>>(
                (day.DayNumber - Day.DayNumber) is 0 or 2 or 3 ? [new() { Day = day, Model = "m", Provider = "p" }] : []));
            days.AddRange(answer.Days.Select(d => d.Day));
            next = answer.Next;
        }

        Assert.Equal([Day, Day.AddDays(2), Day.AddDays(3)], days);
    }

    [Fact]
    public void A_fact_is_stored_in_few_bytes_and_read_alike()
    {
        var e = BillingRig.Event("r", "k", Midnight.AddHours(13));
        var plain = FactOf(e);
        var whole = FactOf(e with
        {
            Accounts = ["k", "team:a", "org:b"],
            User = new string('u', 32),
            Session = new string('s', 32),
            Agent = "a",
            RequestClass = "main",
            Tags = new Dictionary<string, string> { ["project"] = "search", ["env"] = "é<" },
        });
        foreach (var (fact, most) in new[] { (plain, 130), (whole, 310) })
        {
            var json = JsonSerializer.Serialize(fact, JsonSerializerOptions.Web);
            Assert.True(json.Length <= most, json);
            Assert.Equal(fact, JsonSerializer.Deserialize<UsageFact>(json, JsonSerializerOptions.Web));
        }

        Assert.Equal("env=é<\nproject=search", whole.Origin.Tags);
        Assert.Equal(("é<", "search", null, null), (whole.Origin.Tag("env"), whole.Origin.Tag("project"), whole.Origin.Tag("en"), plain.Origin.Tag("env")));
        Assert.True(whole.Origin.IsOf("team:a") && whole.Origin.IsOf("org:b") && !whole.Origin.IsOf("team:") && !plain.Origin.IsOf("team:a"));
    }

    [Fact]
    public void What_others_publish_is_kept_in_bounds()
    {
        var tags = Enumerable.Range(0, 50).ToDictionary(i => $"t{i:00}", i => new string('v', 5_000));
        tags["a b"] = "x";
        tags["t00"] = "a\nt01=b";
        tags["t02"] = null!;
        var origin = UsageOrigin.Of(BillingRig.Event("r", "k") with { User = new string('u', 100_000), Session = "", Tags = tags });
        Assert.Equal(256, origin.User!.Length);
        Assert.Null(origin.Session);
        Assert.Equal(16, origin.Tags!.Split('\n').Length);
        Assert.Equal(128, origin.Tag("t01")!.Length);
        Assert.Null(origin.Tag("t00"));
    }

    [Fact]
    public void What_a_day_has_more_than_its_facts_is_of_before_there_were_any()
    {
        var e = BillingRig.Event("r", "k", Midnight, 1m);
        UsageRow Row(string model, int requests)
        {
            var row = UsageRow.Of(e with { Model = model });
            for (var i = 1; i < requests; i++)
                row.Sums.Add(e);
            return row;
        }

        var rests = new DayRests();
        rests.Add(Day, FactOf(e));
        rests.Add(Day, FactOf(e with { Model = "late" }));
        rests.Add(Day, FactOf(e with { Model = "late too" }));
        rests.Add(Day, FactOf(e with { Model = "on its way", Provider = "new" }));
        var rest = rests.Of([Row(e.Model, 3), Row(UsageRow.OtherModels, 2), Row("old", 1)]).ToList();
        Assert.Equal([(e.Model, 2L, 2m), ("old", 1L, 1m)], rest.Select(r => (r.Model, r.Sums.Requests, r.Sums.Cost)));
    }

    private static UsageFact FactOf(UsageEvent e)
    {
        var row = UsageRow.Of(e);
        return new() { Origin = UsageOrigin.Of(e), Model = row.Model, Provider = row.Provider, Currency = row.Currency, Sums = row.Sums };
    }
}
