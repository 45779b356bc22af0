using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

/// <summary>Reports over everything ask the sums, the organisations' and that of what no organisation has, and say what the keys' accounts do.</summary>
public class SumReportTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateOnly First = new(2026, 3, 1);
    private static readonly UsageGroups[] Groups =
    [
        new(UsageGrouping.None, []), new(UsageGrouping.Day, []), new(UsageGrouping.Model, []),
        new(UsageGrouping.Day | UsageGrouping.Model | UsageGrouping.Provider, []),
    ];

    /// <summary>Of keys that come and go between organisations and none, in deliveries that come twice, alone and many at once, while writes fail.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_comes_in_a_report_of_everything_is_the_sum_of_its_keys(int seed)
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        rig.SidecarStarted = address => breaking.Behind = address;
        await rig.StartAsync();
        var random = new Random(seed);
        string[] keys = [.. Enumerable.Range(0, 8).Select(i => $"key_{i}")];
        var events = Enumerable.Range(0, 200).Select(i => Any(random, i, keys[random.Next(keys.Length)])).ToList();
        var open = events.Concat(events.Where(_ => random.Next(4) == 0)).OrderBy(_ => random.Next()).ToList();
        while (open.Count > 0)
        {
            // A write that fails, or whose answer is lost, is that of any of the accounts: the others have the event then.
            if (random.Next(3) == 0)
                breaking.RefuseWrites(random.Next(4));
            else if (random.Next(3) == 0)
                breaking.LoseAnswersToWrites(random.Next(4));
            var some = open.GetRange(0, Math.Min(open.Count, random.Next(1, 40)));
            open.RemoveRange(0, some.Count);
            var taken = await Task.WhenAll(some.Select(e => DeliverAsync(rig, e)));
            open.AddRange(some.Where((_, i) => !taken[i]));
        }

        await AssertAlikeAsync(rig, keys, First, First.AddDays(9), events.Count);
        await AssertAlikeAsync(rig, keys, First.AddDays(3), First.AddDays(4), null);
        foreach (var account in (string[])[AccountIds.NoOrganization, "org:a", "org:b"])
        {
            var own = events.Where(e => (e.Accounts?.FirstOrDefault(AccountIds.IsOrganization) ?? AccountIds.NoOrganization) == account).ToList();
            var balance = await rig.Account(account).GetBalanceAsync();
            Assert.Equal((own.Count, own.Count(e => e.Cost is null)), (balance.Events, balance.UnpricedRequests));
            var spent = own.Select(e => e.Cost).OfType<Cost>().GroupBy(c => c.Currency).ToDictionary(g => g.Key, g => g.Sum(c => c.Amount));
            Assert.Equal(spent.OrderBy(s => s.Key), balance.Spent.OrderBy(s => s.Key));
        }

        foreach (var (by, of) in ((UsageGrouping, Func<string, bool>)[])
            [(UsageGrouping.Team, AccountIds.IsTeam), (UsageGrouping.Organization, AccountIds.IsOrganization)])
        {
            var report = await Reports(rig).AllAsync(First, First.AddDays(9), new(by, []));
            var shown = report.Data.GroupBy(l => l.TeamId ?? l.OrganizationId).Select(g => ((string?)g.Key, g.Sum(l => l.Requests)));
            var expected = events.SelectMany(e => e.Accounts?.Where(of) ?? []).GroupBy(a => a).Select(g => ((string?)g.Key, (long)g.Count()));
            Assert.Equal(expected.OrderBy(g => g.Item1), shown.OrderBy(g => g.Item1));
        }
    }

    private static UsageEvent Any(Random random, int number, string key)
    {
        string One(params string[] of) => of[random.Next(of.Length)];
        var e = BillingRig.Event(
            $"req_{number}", key, Start.AddDays(random.Next(10)), random.Next(6) == 0 ? null : random.Next(1, 1_000_000) / 1_000_000m, One("USD", "USD", "EUR"),
            One("m1", "m2", "m3"), One("p1", "p2")) with
        {
            Accounts = random.Next(6) switch
            {
                0 => null,
                1 => [key],
                2 => [key, "team:alone"],
                3 => [key, "team:a", "org:a"],
                4 => [key, "team:b", "org:b"],
                _ => [key, "org:a", "rule:r"],
            },
        };
        return random.Next(4) == 0 ? e : e with { Source = "run", Sequence = number + 1 };
    }

    [Fact]
    public async Task No_key_is_asked_for_what_sums_have()
    {
        await using var breaking = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={breaking.Address}"] };
        rig.SidecarStarted = address => breaking.Behind = address;
        await rig.StartAsync();
        for (var i = 0; i < 20; i++)
            Assert.True(await DeliverAsync(rig, BillingRig.Event($"req_{i}", $"key_{i}", Start) with { Accounts = i < 5 ? ["team:t", "org:o"] : null }));
        foreach (var (by, accounts) in ((string, string[])[])
            [
                ("", [AccountIds.NoOrganization, "org:o"]), ("day,model,provider", [AccountIds.NoOrganization, "org:o"]), ("team", ["team:t"]),
                ("organization,day", ["org:o"]),
            ])
        {
            breaking.Requests.Clear();
            var (status, report) = await rig.GetAsync($"/admin/v1/usage?from=2026-03-01&to=2026-03-31&groupBy={by}");
            Assert.Equal((HttpStatusCode.OK, by.Length > 0 && by[0] != 'd' ? 5 : 20), (status, (int)report["totals"]!["requests"]!));
            var asked = breaking.Requests.Where(r => r.EndsWith("/method/GetUsageAsync", StringComparison.Ordinal)).Select(r => r.Split('/')[^3]);
            Assert.Equal(accounts.Order(), asked.Order());
        }
    }

    /// <summary>What a build of before has settled is in the keys' accounts alone: of its days those are asked, from the first whole one on the sums.</summary>
    [Fact]
    public async Task Days_of_a_build_without_sums_are_those_of_the_keys_until_the_first_whole_one()
    {
        var time = new ManualTime(Start.AddDays(4));
        await using var rig = new BillingRig { Time = time };
        await rig.StartAsync();
        // What a start of a build before wrote has no such day.
        using (var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar })
        {
            var operations = JsonNode.Parse("""[{"operation":"delete","request":{"key":"sums-from"} }]""");
            using var answer = await sidecar.PutAsJsonAsync("/v1.0/actors/KeyDirectory/all/state", operations);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        }

        string[] keys = ["key_a", "key_b"];
        var old = Enumerable.Range(0, 12).Select(i => BillingRig.Event($"old_{i}", keys[i % 2], Start.AddDays(i / 2)) with
        {
            Accounts = i % 3 == 0 ? [keys[i % 2], "team:t", "org:o"] : null,
        }).ToList();
        foreach (var e in old)
            await RecordAsBeforeAsync(rig, e);
        for (var start = 0; start < 2; start++)
        {
            await rig.StopAsync();
            await rig.StartAsync();
            Assert.Equal(First.AddDays(6), await KeyEndpoints.Directory(rig.Actors).GetSumsFromAsync());
            time.Advance(TimeSpan.FromDays(1));
        }

        // Of all days, and what was settled before comes once more.
        var late = Enumerable.Range(0, 24).Select(i => BillingRig.Event($"new_{i}", keys[i % 2], Start.AddDays(i / 2)) with
        {
            Accounts = i % 5 == 0 ? [keys[i % 2], "team:t", "org:o"] : null,
        }).ToList();
        foreach (var e in (UsageEvent[])[.. late, .. old])
            Assert.True(await DeliverAsync(rig, e));
        for (var from = 0; from < 12; from++)
        {
            await AssertAlikeAsync(rig, keys, First.AddDays(from), First.AddDays(11), old.Concat(late).Count(e => e.Time >= Start.AddDays(from)));
            await AssertAlikeAsync(rig, keys, First, First.AddDays(from), old.Concat(late).Count(e => e.Time <= Start.AddDays(from)));
        }

        foreach (var by in (string[])["team", "organization", "team,user"])
        {
            var totals = (await rig.GetAsync($"/admin/v1/usage?from=2026-03-01&to=2026-03-31&groupBy={by}")).Body["totals"]!;
            Assert.Equal(old.Concat(late).Count(e => e.Accounts is not null), (int)totals["requests"]!);
        }
    }

    private static async Task RecordAsBeforeAsync(BillingRig rig, UsageEvent e)
    {
        foreach (var account in (string[])[e.KeyId, .. e.Accounts ?? []])
        {
            var day = BudgetCalendar.Day(e.Time);
            await Index(rig, day, null).AddAsync(account);
            if (AccountIds.IsGroup(account))
                await Index(rig, day, account).AddAsync(e.KeyId);
            await rig.RecordAsync(account, e);
        }
    }

    /// <summary>Sums go with the days of the keys that they are of, and are listed nowhere then.</summary>
    [Fact]
    public async Task What_is_purged_is_gone_from_sums_and_keys_alike()
    {
        var time = new ManualTime(Start);
        await using var rig = new BillingRig { Time = time, Settings = ["--GATEWAY_RETENTION_DAYS=30"] };
        await rig.StartAsync();
        var organization = (string)(await rig.SendAsync(HttpMethod.Post, "/admin/v1/organizations", """{"retentionDays":10}""")).Body["id"]!;
        var team = (string)(await rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", $$"""{"parent":"{{organization}}"}""")).Body["id"]!;
        var inside = (string)(await rig.CreateKeyAsync($$"""{"teamId":"{{team}}"}"""))["id"]!;
        string[] keys = [inside, "key_outside"];
        for (var day = 0; day < 50; day++, time.Advance(TimeSpan.FromDays(1)))
        {
            // Never so long ago that an account does not believe the day.
            if (day == 25)
                await PurgeAsync();
            foreach (var key in keys)
                Assert.True(await DeliverAsync(rig, BillingRig.Event($"req_{key}_{day}", key, time.Now) with
                {
                    Source = "run",
                    Sequence = day + 1,
                    Accounts = key == inside ? [key, team, organization] : null,
                }));
        }

        await PurgeAsync();

        // The days that are kept, and the last that is over.
        await AssertAlikeAsync(rig, keys, First, First.AddDays(50), 30 + 10);
        foreach (var account in (string[])[organization, AccountIds.NoOrganization])
        {
            var balance = await rig.Account(account).GetBalanceAsync();
            Assert.Equal((50, 50 * 0.01m), (balance.Events, balance.Spent["USD"]));
            Assert.Equal(50 - (account == organization ? 10 : 30), balance.Purged!.Rollups["USD"].Requests);
        }

        for (var day = 0; day < 50; day++)
        {
            var groups = (await Index(rig, First.AddDays(day), UsageIndexActor.Groups).ListAsync(new IndexQuery { After = 0, Limit = 10 })).Accounts;
            Assert.Equal(day < 40 ? [] : [team, organization], groups.OrderByDescending(AccountIds.IsTeam));
            var all = (await Index(rig, First.AddDays(day), null).ListAsync(new IndexQuery { After = 0, Limit = 10 })).Accounts;
            Assert.DoesNotContain(AccountIds.NoOrganization, all);
        }

        // An event of a day that is gone is nobody's, and leaves nothing in the lists.
        Assert.True(await DeliverAsync(rig, BillingRig.Event("req_old", "key_outside", Start)));
        Assert.Single((await rig.GetAsync("/admin/v1/dead-letters")).Body["data"]!.AsArray());
        await AssertAlikeAsync(rig, keys, First, First.AddDays(50), 30 + 10);

        // In the end nothing is left of it but its sums.
        time.Advance(TimeSpan.FromDays(35));
        while (await rig.Account(AccountIds.NoOrganization).PurgeAsync())
            Assert.Equal(50, (await rig.Account(AccountIds.NoOrganization).GetBalanceAsync()).Events);
        using var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar };
        using var stored = await sidecar.GetAsync(new Uri($"/v1.0/actors/Account/{AccountIds.NoOrganization}/state/day:2026-04-19", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, stored.StatusCode);

        async Task PurgeAsync()
        {
            foreach (var account in (string[])[.. keys, team, organization, AccountIds.NoOrganization])
            {
                while (await rig.Account(account).PurgeAsync())
                    Assert.NotNull((await rig.Account(account).GetBalanceAsync()).Purged);
            }
        }
    }

    [Theory]
    [InlineData("keys/{0}")]
    [InlineData("keys/{0}/status")]
    [InlineData("keys/{0}/usage")]
    [InlineData("keys/{0}/events")]
    [InlineData("teams/{0}")]
    [InlineData("teams/{0}/usage")]
    [InlineData("organizations/{0}")]
    [InlineData("organizations/{0}/usage")]
    [InlineData("users/{0}")]
    [InlineData("rules/{0}")]
    [InlineData("reconciliation?keyId={0}")]
    public async Task The_sum_of_what_no_organisation_has_is_nothing_to_ask_for(string path)
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        Assert.True(await DeliverAsync(rig, BillingRig.Event("req_1", "key_a", DateTimeOffset.UtcNow)));
        Assert.Equal(1, (await rig.Account(AccountIds.NoOrganization).GetBalanceAsync()).Events);
        var (status, _) = await rig.GetAsync("/admin/v1/" + string.Format(CultureInfo.InvariantCulture, path, AccountIds.NoOrganization));
        Assert.Contains(status, (HttpStatusCode[])[HttpStatusCode.NotFound, HttpStatusCode.BadRequest]);
        foreach (var list in (string[])["keys", "teams", "organizations", "rules", "reconciliation", "usage?groupBy=key", "usage?groupBy=organization"])
            Assert.DoesNotContain(AccountIds.NoOrganization, (await rig.GetAsync("/admin/v1/" + list)).Body.ToJsonString(), StringComparison.Ordinal);
    }

    private static UsageReports Reports(BillingRig rig) => rig.Services.GetRequiredService<UsageReports>();

    private static IUsageIndexActor Index(BillingRig rig, DateOnly day, string? group) =>
        rig.Actors.CreateActorProxy<IUsageIndexActor>(UsageIndexActor.IdOf(day, group), ActorTypes.UsageIndex);

    /// <summary>Of everything and of all keys, whatever it is grouped by.</summary>
    private static async Task AssertAlikeAsync(BillingRig rig, string[] keys, DateOnly from, DateOnly to, int? requests)
    {
        foreach (var by in Groups)
        {
            var (all, ofKeys) = (await Reports(rig).AllAsync(from, to, by), await Reports(rig).OfAsync(keys, from, to, by));
            Assert.Equal(JsonSerializer.Serialize(ofKeys), JsonSerializer.Serialize(all));
            Assert.Equal(requests ?? all.Totals.Requests, all.Totals.Requests);
        }
    }

    /// <summary>Whether it is done with; else it comes again.</summary>
    private static async Task<bool> DeliverAsync(BillingRig rig, UsageEvent e)
    {
        var (_, body) = await rig.SendAsync(HttpMethod.Post, InternalRoutes.UsageEvents, Encoding.UTF8.GetString(UsageJson.Write(e)));
        return (string)body["status"]! == "SUCCESS";
    }
}
