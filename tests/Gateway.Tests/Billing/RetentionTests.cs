using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing;
using Gateway.Billing.Accounts;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Xunit.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>What is older than an organisation keeps goes, in small turns; what it summed up to stays, and nothing of it is counted again.</summary>
public class RetentionTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>As they come: late, twice, numbered and not, of clocks that go wrong; purged to any horizon at any time.</summary>
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(false, 4)]
    [InlineData(false, 5)]
    public async Task Whatever_is_purged_sums_stay_exact_and_no_event_is_counted_twice(bool keepsEvents, int seed)
    {
        var random = new Random(seed);
        var account = new PurgedAccount(keepsEvents);
        var sent = new List<UsageEvent>();
        var counted = new HashSet<string>();
        for (var step = 0; step < 1_200; step++)
        {
            var now = Start.AddDays(step / 12);
            if (random.Next(40) == 0)
            {
                var horizon = BudgetCalendar.Day(now).AddDays(-random.Next(8, 40));
                await account.PurgeAsync(horizon, BudgetCalendar.Day(now), whole: random.Next(3) > 0);
                await account.CheckAsync(counted.Count);
            }

            var again = sent.Count > 0 && random.Next(4) == 0;
            var e = again ? sent[random.Next(sent.Count)] : Event(step, random, now);
            if (!again)
                sent.Add(e);
            if (await account.RecordAsync(e))
                Assert.True(counted.Add(e.RequestId), e.RequestId);
        }

        var end = BudgetCalendar.Day(Start).AddDays(5_000);
        await account.PurgeAsync(end, end, whole: true);
        await account.CheckAsync(counted.Count);
        Assert.Equal(counted.Count, account.State.Purged!.Rollups.Values.Sum(sums => sums.Requests));
        // Nothing is left of a thousand events but their sums.
        Assert.Empty(account.Store.Values.Keys);
        foreach (var e in sent)
            Assert.False(await account.RecordAsync(e));
    }

    private static UsageEvent Event(int number, Random random, DateTimeOffset now)
    {
        var time = random.Next(30) switch
        {
            0 => now.AddDays(-random.Next(60)),
            1 => now.AddDays(random.Next(2_000)),
            _ => now,
        };
        decimal? cost = random.Next(6) == 0 ? null : random.Next(1, 1_000_000) / 1_000_000m;
        var e = BillingRig.Event("req_" + number, "key", time, cost, random.Next(5) == 0 ? "EUR" : "USD");
        return random.Next(4) == 0 ? e : e with { Source = "run" + (number / 300), Sequence = number + 1 };
    }

    [Fact]
    public async Task Under_load_an_account_is_purged_in_turns_that_keep_nobody_waiting()
    {
        var time = new ManualTime(Start);
        await using var rig = new BillingRig { Time = time, Settings = ["--GATEWAY_EVENT_FEED=true", "--GATEWAY_RETENTION_DAYS=100"] };
        await rig.StartAsync();
        var organization = (string)(await rig.SendAsync(HttpMethod.Post, "/admin/v1/organizations", """{"retentionDays":10}""")).Body["id"]!;
        var team = (string)(await rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", $$"""{"parent":"{{organization}}"}""")).Body["id"]!;
        var id = (string)(await rig.CreateKeyAsync($$"""{"teamId":"{{team}}","budget":{"amount":100000,"period":"total"} }"""))["id"]!;
        var (old, last) = (0, 0);
        for (; old < 150; last++, old++)
            await DeliverAsync(rig, Numbered(id, [id, team, organization], last, Start.AddDays(old / 50)));
        var place = (string)(await rig.GetAsync("/admin/v1/events?limit=10")).Body["nextAfter"]!;
        Assert.Equal([id, team, organization], await IndexedAsync(null));
        Assert.Equal([id], await IndexedAsync(team));

        time.Advance(TimeSpan.FromDays(20));
        using var stop = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; last++)
            {
                await DeliverAsync(rig, Numbered(id, [id, team, organization], last, time.Now));
                await Task.Delay(1);
                var grant = await rig.Account(id).AcquireLeaseAsync(
                    new LeaseRequest { LeaseId = "i1", Sequence = last, Need = new Allowance { Money = 0.001m } });
                Assert.Null(grant.Refusal);
            }
        });
        foreach (var account in (string[])[id, team, organization])
        {
            // The reminder, which comes once a day, takes such turns until there is nothing more to do.
            await RemindAsync(rig, account);
            while (await rig.Account(account).PurgeAsync())
                Assert.False(load.IsFaulted, load.Exception?.Message);
        }

        await stop.CancelAsync();
        await load;
        foreach (var account in (string[])[id, team, organization])
        {
            var report = (await rig.GetAsync($"/admin/v1/reconciliation?keyId={account}")).Body;
            Assert.True((bool)report["consistent"]!, report.ToJsonString());
            var balance = await rig.Account(account).GetBalanceAsync();
            Assert.Equal((last, last * 0.01m), (balance.Events, balance.Spent["USD"]));
            Assert.Equal(old, balance.Purged!.Rollups["USD"].Requests);
        }

        // What is left is what is kept, in the lists, the reports, the index of days and the feed; a reader's place from before goes on behind it.
        var kept = (await rig.GetAsync($"/admin/v1/keys/{id}/events?limit=1000")).Body["data"]!.AsArray();
        Assert.InRange(kept.Count, last - old, last - old + AccountLedger.EventsPerPage);
        Assert.Equal("req_" + (last - 1), (string)kept[^1]!["request_id"]!);
        await AssertNothingIndexedAsync();
        var feed = new List<string>();
        for (var more = true; more;)
        {
            var page = (await rig.GetAsync($"/admin/v1/events?limit=1000&after={place}")).Body;
            feed.AddRange(page["data"]!.AsArray().Select(e => (string)e!["request_id"]!));
            (place, more) = ((string)page["nextAfter"]!, (bool)page["hasMore"]!);
        }

        Assert.Equal(kept.Select(e => (string)e!["request_id"]!), feed);

        // What is delivered once more is known, or too old for anybody to know.
        await DeliverAsync(rig, Numbered(id, [id], last - 1, time.Now));
        Assert.Empty((await rig.GetAsync("/admin/v1/dead-letters")).Body["data"]!.AsArray());
        await DeliverAsync(rig, Numbered(id, [id, team, organization], 1_000_000, Start));
        var letter = Assert.Single((await rig.GetAsync("/admin/v1/dead-letters")).Body["data"]!.AsArray());
        Assert.Contains("older than", (string)letter!["reason"]!, StringComparison.Ordinal);
        Assert.Equal(last, (await rig.Account(id).GetBalanceAsync()).Events);
        await AssertNothingIndexedAsync();

        async Task<IEnumerable<string>> IndexedAsync(string? group)
        {
            var index = rig.Actors.CreateActorProxy<IUsageIndexActor>(UsageIndexActor.IdOf(new DateOnly(2026, 3, 1), group), ActorTypes.UsageIndex);
            return (await index.ListAsync(new IndexQuery { After = 0, Limit = 10 })).Accounts.OrderBy(a => Array.IndexOf([id, team, organization], a));
        }

        // Neither in the lists of the day nor what stands beside them in the store.
        async Task AssertNothingIndexedAsync()
        {
            using var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar };
            foreach (var group in (string?[])[null, team, organization])
            {
                Assert.Empty(await IndexedAsync(group));
                foreach (var value in (string[])["has:" + id, "accounts:count", "accounts:page:0", "gone"])
                {
                    var path = $"/v1.0/actors/UsageIndex/{UsageIndexActor.IdOf(new DateOnly(2026, 3, 1), group)}/state/{value}";
                    using var answer = await sidecar.GetAsync(new Uri(path, UriKind.Relative));
                    Assert.True(answer.StatusCode == HttpStatusCode.NoContent, $"{path} {answer.StatusCode}");
                }
            }
        }
    }

    /// <summary>A list of the keys of a large group goes a page in a turn.</summary>
    [Fact]
    public async Task A_groups_list_of_keys_goes_with_its_day_however_long_it_is()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var index = rig.Actors.CreateActorProxy<IUsageIndexActor>(UsageIndexActor.IdOf(new DateOnly(2026, 3, 1), "team:large"), ActorTypes.UsageIndex);
        for (var i = 0; i < PagedList.PageSize + 5; i++)
            await index.AddAsync("key_" + i);
        Assert.True(await index.ClearAsync());
        Assert.Equal(PagedList.PageSize, (await index.ListAsync(new IndexQuery { After = 0, Limit = 1000 })).Accounts.Count);
        Assert.False(await index.ClearAsync());
        Assert.False(await index.ClearAsync());
        await index.AddAsync("key_0");
        Assert.Equal(["key_0"], (await index.ListAsync(new IndexQuery { After = 0, Limit = 1000 })).Accounts);
    }

    /// <summary>For a look or for six days; and then it is put right, or it was right.</summary>
    [Theory]
    [InlineData(3_650)]
    [InlineData(-3_650)]
    [InlineData(400)]
    public async Task A_clock_that_goes_wrong_takes_nothing_that_is_young(int days)
    {
        var time = new ManualTime(Start);
        await using var rig = new BillingRig { Time = time, Settings = ["--GATEWAY_RETENTION_DAYS=30"] };
        await rig.StartAsync();
        const string Id = "key_clock";
        for (var i = 0; i < 40; i++)
            await DeliverAsync(rig, Numbered(Id, [Id], i, Start.AddHours(i)));
        for (var look = 0; look < 7; look++)
        {
            time.Now = Start.AddDays(days + look);
            Assert.False(await rig.Account(Id).PurgeAsync());
        }

        time.Now = Start.AddDays(days > 0 ? 20 : 8);
        for (var look = 0; look < 8; look++)
        {
            Assert.False(await rig.Account(Id).PurgeAsync());
            time.Advance(TimeSpan.FromDays(1));
        }

        Assert.Null((await rig.Account(Id).GetBalanceAsync()).Purged);
        Assert.Equal(40, (await rig.GetAsync($"/admin/v1/keys/{Id}/events?limit=1000")).Body["data"]!.AsArray().Count);
        Assert.True((bool)(await rig.GetAsync($"/admin/v1/reconciliation?keyId={Id}")).Body["consistent"]!);

        // One that stays so is believed in the end: the gateway was away.
        time.Now = Start.AddDays(500);
        Assert.False(await rig.Account(Id).PurgeAsync());
        Assert.Null((await rig.Account(Id).GetBalanceAsync()).Purged);
        time.Advance(TimeSpan.FromDays(7));
        while (await rig.Account(Id).PurgeAsync())
            Assert.NotNull((await rig.Account(Id).GetBalanceAsync()).Purged);
        Assert.Equal(40, (await rig.Account(Id).GetBalanceAsync()).Purged!.Events);
        Assert.True((bool)(await rig.GetAsync($"/admin/v1/reconciliation?keyId={Id}")).Body["consistent"]!);
    }

    [Theory]
    [InlineData("organizations", """{"retentionDays":7}""", "retentionDays")]
    [InlineData("organizations", """{"retentionDays":3651}""", "retentionDays")]
    [InlineData("teams", """{"retentionDays":30}""", "retentionDays")]
    public async Task A_retention_that_cannot_be_is_refused(string kind, string body, string field)
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/" + kind, body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.NotNull(problem["errors"]![field]);
    }

    /// <summary>What a request leaves in the store for good; billing's README has the figure.</summary>
    [Fact]
    public async Task A_request_takes_less_than_300_bytes_of_the_store()
    {
        var account = new PurgedAccount(keepsEvents: true);
        var fixture = Conformance.RepositoryFiles.Path("tests", "fixtures", "stored", "usage-event.json");
        var stored = UsageJson.Read(await File.ReadAllBytesAsync(fixture))!;
        const int Count = 1_600;
        var raw = 0;
        for (var i = 0; i < Count; i++)
        {
            var e = stored with
            {
                RequestId = "req_" + Guid.NewGuid().ToString("N")[..24],
                KeyId = "key",
                Time = Start.AddSeconds(i),
                MessageId = "msg_" + Guid.NewGuid().ToString("N")[..24],
                UpstreamRequestId = "req_" + Guid.NewGuid().ToString("N")[..24],
                TraceId = Guid.NewGuid().ToString("N"),
                LatencyMs = 1_000 * Random.Shared.NextDouble(),
                TimeToFirstTokenMs = 100 * Random.Shared.NextDouble(),
                Usage = stored.Usage with { InputTokens = Random.Shared.Next(9_999), OutputTokens = Random.Shared.Next(999) },
                Source = "run",
                Sequence = i + 1,
                SequenceOf = null,
                SequenceKey = null,
                Part = null,
            };
            raw += UsageJson.Write(e).Length;
            Assert.True(await account.RecordAsync(e));
        }

        var size = account.Store.Values.Sum(v => v.Key.Length + JsonSerializer.SerializeToUtf8Bytes(v.Value, JsonSerializerOptions.Web).Length);
        output.WriteLine($"{size / Count} bytes a request, of events of {raw / Count}");
        Assert.True(size / Count < 300, $"{size / Count} bytes a request, of events of {raw / Count}");
    }

    private static UsageEvent Numbered(string key, IReadOnlyList<string> accounts, int number, DateTimeOffset time) =>
        BillingRig.Event("req_" + number, key, time) with { Source = "run", Sequence = number + 1, Accounts = accounts };

    private static async Task DeliverAsync(BillingRig rig, UsageEvent e)
    {
        var (status, body) = await rig.SendAsync(HttpMethod.Post, InternalRoutes.UsageEvents, Encoding.UTF8.GetString(UsageJson.Write(e)));
        Assert.Equal((HttpStatusCode.OK, "SUCCESS"), (status, (string)body["status"]!));
    }

    private static async Task RemindAsync(BillingRig rig, string account)
    {
        var reminder = new JsonObject { ["dueTime"] = "0h0m1s0ms", ["period"] = "24h0m0s0ms", ["data"] = "" };
        var (status, _) = await rig.SendAsync(HttpMethod.Put, $"/actors/Account/{account}/method/remind/purge", reminder.ToJsonString());
        Assert.Equal(HttpStatusCode.OK, status);
    }

    /// <summary>An account without its actor: what a turn does, and what is in the store after it.</summary>
    private sealed class PurgedAccount(bool keepsEvents)
    {
        private readonly AccountBook _book = new("key", new AccountState(), new AccountOptions());
        private AccountLedger? _ledger;

        public MemoryState Store { get; } = new();

        public AccountState State => _book.State;

        private AccountLedger Ledger => _ledger ??= new AccountLedger(Store, keepsEvents);

        /// <summary>Whether it was counted, as the account's turn decides it.</summary>
        public async Task<bool> RecordAsync(UsageEvent e)
        {
            var entry = keepsEvents ? BillingRig.Entry(e) : UsageEntry.Of(e, json: null);
            if (entry.Row.Day < State.Purged?.Before)
                return false;
            var number = State.Events + 1;
            if (!await Ledger.TryCountAsync(entry, number))
                return false;
            _book.Record(entry);
            await Ledger.AddAsync(entry, number);
            await Ledger.StageAsync();
            await Ledger.WrittenAsync(State.Events);
            return true;
        }

        public async Task PurgeAsync(DateOnly horizon, DateOnly today, bool whole)
        {
            await Ledger.ForgetAsync();
            while (await new AccountPurge(State, Ledger, keepsEvents).RunAsync(horizon, today) && whole)
                await Ledger.ForgetAsync();
            await Ledger.ForgetAsync();
        }

        /// <summary>What is kept and the sums of what is not are together what was counted.</summary>
        public async Task CheckAsync(int counted)
        {
            var purged = State.Purged ?? new();
            Assert.Equal(counted, State.Events);
            var costs = new Dictionary<string, decimal>();
            var requests = purged.Rollups.Values.Sum(sums => sums.Requests);
            foreach (var (currency, sums) in purged.Rollups.Where(r => r.Key != PurgedUsage.NoCurrency))
                costs[currency] = sums.Cost;
            foreach (var row in Store.Values.Where(v => v.Key.StartsWith("day:", StringComparison.Ordinal)).SelectMany(v => (List<UsageRow>)v.Value!))
            {
                requests += row.Sums.Requests;
                if (row.Currency is { } currency)
                    costs[currency] = costs.GetValueOrDefault(currency) + row.Sums.Cost;
            }

            Assert.Equal(counted, requests);
            Assert.Equal(State.Spent.OrderBy(s => s.Key), costs.OrderBy(s => s.Key));
            if (!keepsEvents)
                return;
            var events = new Dictionary<string, decimal>(purged.EventCost);
            var (number, unpriced) = (purged.Events, purged.UnpricedEvents);
            while (number < State.Events)
            {
                var page = new EventPage { Events = (await Ledger.EventsAsync(number + 1)).Json }.ReadEvents();
                Assert.NotEmpty(page);
                foreach (var e in page)
                {
                    number++;
                    if (e.Cost is { } cost)
                        events[cost.Currency] = events.GetValueOrDefault(cost.Currency) + cost.Amount;
                    else
                        unpriced++;
                }
            }

            Assert.Equal((State.Events, State.UnpricedRequests), (number, unpriced));
            Assert.Equal(State.Spent.OrderBy(s => s.Key), events.OrderBy(s => s.Key));
            await Ledger.ForgetAsync();
        }
    }
}
