using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Billing.Accounts;
using Gateway.Billing.Admin;
using Gateway.Billing.Admin.Reconciliation;
using Gateway.Contracts.Accounts;

namespace Gateway.Tests.Billing;

/// <summary>Accounts of thousands of events, which are put into the store as an account would have written them.</summary>
public class ReconciliationTests
{
    private static readonly KeyHasher Hasher = new(Convert.ToBase64String(new byte[32]));
    private static readonly DateTimeOffset Start = new(2026, 10, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Where it lies, and what is changed there in the JSON of the value; null takes the value away.</summary>
    private static readonly (string Key, Func<JsonNode, JsonNode?> Change)[] Mismatches =
    [
        ("events:0", page => Dearer(page, 1)),
        ("events:0", _ => null),
        ("events:47", page => Dearer(page, 15)),
        ("events:60", _ => null),
        ("events:93", page => Dearer(page, 4)),
        ("day:2026-10-01", rows => Changed(rows, row => row["sums"]!["cost"] = "0.5")),
        ("day:2026-10-11", rows => Changed(rows, row => row["sums"]!["requests"] = 1)),
        ("day:2026-10-11", rows => Changed(rows, row => row["sums"]!["unpricedRequests"] = 7)),
        ("day:2026-10-20", _ => null),
        ("head", head => Changed(head, state => state["spent"]!["USD"] = "1.25")),
        ("head", head => Changed(head, state => state["events"] = 1499)),
        ("head", head => Changed(head, state => state["unpricedRequests"] = 3)),
    ];

    [Fact]
    public async Task A_mismatch_is_found_wherever_it_lies()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var stored = await StoredAsync(1_500, i => Start.AddDays(i / 75));
        await PutAsync(rig, "key_right", stored);
        List<string> ids = ["key_right"];
        foreach (var (key, change) in Mismatches)
        {
            var wrong = new Dictionary<string, string>(stored);
            if (change(JsonNode.Parse(stored[key])!) is { } value)
                wrong[key] = value.ToJsonString();
            else
                Assert.True(wrong.Remove(key));
            ids.Add($"key_wrong_{ids.Count}");
            await PutAsync(rig, ids[^1], wrong);
        }

        foreach (var id in ids)
        {
            var (status, report) = await rig.GetAsync("/admin/v1/reconciliation?keyId=" + id);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.True((id == "key_right") == (bool)report["consistent"]!, $"{id} {report.ToJsonString()}");
            // All of it fits into one call.
            Assert.Equal((null, false, null), (report["nextAfter"], (bool)report["hasMore"]!, report["counting"]));
        }

        // The same in many calls, which stop within accounts and go on there.
        var lines = new List<ReconciliationLine>();
        var calls = await CountAsync(rig, ids, 700, lines.Add);
        Assert.InRange(calls, ids.Count, 4 * ids.Count);
        Assert.Equal(ids, lines.Select(l => l.KeyId));
        Assert.Equal(ids.Select(id => id == "key_right"), lines.Select(l => l.Consistent));
        Assert.Equal((1_500, 1_500), (lines[0].Events, lines[0].RollupRequests));
    }

    [Fact]
    public async Task A_call_reads_so_much_of_the_store_whatever_there_is()
    {
        await using var counting = await BreakingSidecar.StartAsync();
        await using var rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={counting.Address}"] };
        rig.SidecarStarted = address => counting.Behind = address;
        await rig.StartAsync();
        const int Pages = 7_000;
        await PutAsync(rig, "key_large", await LargeAsync(Pages));
        var (after, calls, counted) = ("", 0, 0L);
        for (; calls == 0 || after.Length > 0; calls++)
        {
            counting.Requests.Clear();
            var (status, report) = await rig.GetAsync("/admin/v1/reconciliation?keyId=key_large" + after);
            Assert.Equal(HttpStatusCode.OK, status);
            var reads = counting.Requests.Count(r => r.StartsWith("GET", StringComparison.Ordinal) && r.Contains("/state/", StringComparison.Ordinal));
            Assert.InRange(reads, 1, (ReconciliationEndpoints.EventsPerCall / AccountLedger.EventsPerPage) + 64);
            after = (string?)report["nextAfter"] is { } next ? "&after=" + Uri.EscapeDataString(next) : "";
            Assert.Equal((after.Length > 0, after.Length == 0 ? 1 : 0), ((bool)report["hasMore"]!, report["data"]!.AsArray().Count));
            Assert.InRange(after.Length, 0, 1_000);
            if (report["counting"] is { } account)
                Assert.True((counted, counted = (long)account["events"]!) is var (before, now) && now > before);
            else
                Assert.True((bool)report["consistent"]! && (long)report["data"]![0]!["events"]! == Pages * AccountLedger.EventsPerPage, report.ToJsonString());
        }

        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task A_place_that_was_changed_is_refused_and_says_what_to_do()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        await PutAsync(rig, "key_large", await LargeAsync(4_000));
        var place = (string)(await rig.GetAsync("/admin/v1/reconciliation?keyId=key_large")).Body["nextAfter"]!;
        var parts = place.Split('.');
        var richer = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[0])).Replace("\"requests\":5", "\"requests\":4", StringComparison.Ordinal);
        string[] wrong =
        [
            Base64Url.EncodeToString(Encoding.UTF8.GetBytes(richer)) + "." + parts[1],
            parts[0], parts[0] + ".", place + "0", place[1..], "." + parts[1], "key_large", "", new string('a', 7_000),
            new ReconciliationPlace { Count = new AccountCount { KeyId = "key_large", Read = 50_000 } }.ToText(Hasher),
        ];
        Assert.NotEqual(place, wrong[0]);
        foreach (var after in wrong)
            await AssertRefusedAsync("keyId=key_large&after=" + Uri.EscapeDataString(after));
        await AssertRefusedAsync("keyId=key_other&after=" + Uri.EscapeDataString(place));
        var (status, report) = await rig.GetAsync("/admin/v1/reconciliation?keyId=key_large&after=" + Uri.EscapeDataString(place));
        Assert.Equal((HttpStatusCode.OK, true), (status, (bool)report["consistent"]!));
        Assert.Single(report["data"]!.AsArray());

        async Task AssertRefusedAsync(string query)
        {
            var (refused, problem) = await rig.GetAsync("/admin/v1/reconciliation?" + query);
            Assert.Equal(HttpStatusCode.BadRequest, refused);
            Assert.Contains("leave it out to begin anew", (string)problem["errors"]!["after"]![0]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task All_keys_are_counted_in_pages()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var ids = new List<string> { "key_default" };
        for (var i = 0; i < 4; i++)
            ids.Add((string)(await rig.CreateKeyAsync())["id"]!);
        await rig.RecordAsync(ids[2], BillingRig.Event("req_1", ids[2]));
        var found = new List<string>();
        for (var after = ""; ;)
        {
            var (_, report) = await rig.GetAsync("/admin/v1/reconciliation?limit=2" + after);
            Assert.True((bool)report["consistent"]!);
            found.AddRange(report["data"]!.AsArray().Select(line => (string)line!["keyId"]!));
            if ((string?)report["nextAfter"] is not { } next)
                break;
            after = "&after=" + Uri.EscapeDataString(next);
        }

        Assert.Equal(ids, found);
    }

    [Fact]
    public async Task An_account_that_is_in_use_and_purged_meanwhile_agrees_all_the_same()
    {
        var now = DateTimeOffset.UtcNow;
        await using var rig = new BillingRig();
        await rig.StartAsync();
        await PutAsync(rig, "key_used", await StoredAsync(3_000, i => i < 1_600 ? now.AddDays(-500) : now.AddDays(-1)));
        using var stop = new CancellationTokenSource();
        var sent = 0;
        var load = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; sent++)
                await rig.RecordAsync("key_used", BillingRig.Event("req_new_" + sent, "key_used", now));
        });
        var purge = Task.CompletedTask;
        for (var looks = 0; looks < 5; looks++)
        {
            var lines = new List<ReconciliationLine>();
            await CountAsync(rig, ["key_used"], 600, lines.Add, afterCall: () => purge = purge.IsCompleted ? PurgeAsync() : purge);
            var line = Assert.Single(lines);
            Assert.True(line.Consistent, JsonSerializer.Serialize(line));
        }

        await stop.CancelAsync();
        await load;
        await purge;
        Assert.Equal(3_000 + sent, (await rig.Account("key_used").GetBalanceAsync()).Events);
        Assert.Equal(1_600, (await rig.Account("key_used").GetBalanceAsync()).Purged!.Events);

        async Task PurgeAsync()
        {
            while (await rig.Account("key_used").PurgeAsync())
                await Task.Yield();
        }
    }

    /// <summary>Call after call, each with the place of the one before as it is sent. Returns how many it took.</summary>
    private static async Task<int> CountAsync(
        BillingRig rig, List<string> ids, int eventsPerCall, Action<ReconciliationLine> add, Action? afterCall = null)
    {
        var (place, calls) = (new ReconciliationPlace(), 0);
        while (true)
        {
            calls++;
            var left = ids.GetRange(ids.IndexOf(place.After ?? "") + 1, ids.Count - ids.IndexOf(place.After ?? "") - 1);
            var (report, rest) = await ReconciliationEndpoints.CountAsync(new AccountCounter(rig.Actors, eventsPerCall), left, place, null);
            report.Data.ToList().ForEach(add);
            afterCall?.Invoke();
            if (rest is null)
                return calls;
            place = ReconciliationPlace.Of(rest.ToText(Hasher), Hasher)!;
        }
    }

    /// <summary>The state of a key's account with so many events, as its actor would have written it.</summary>
    private static async Task<Dictionary<string, string>> StoredAsync(int events, Func<int, DateTimeOffset> time)
    {
        var store = new MemoryState();
        var (book, ledger) = (new AccountBook("key", new AccountState(), new AccountOptions()), new AccountLedger(store, keepsEvents: true));
        for (var i = 0; i < events; i++)
        {
            decimal? cost = i % 7 == 0 ? null : 0.001m * (i % 11);
            var e = BillingRig.Event("req_" + i, "key", time(i), cost, i % 3 == 0 ? "EUR" : "USD") with { Source = "run", Sequence = i + 1 };
            var entry = BillingRig.Entry(e);
            Assert.True(await ledger.TryCountAsync(entry, i + 1));
            book.Record(entry);
            await ledger.AddAsync(entry, i + 1);
            await ledger.StageAsync();
            await ledger.WrittenAsync(i + 1);
        }

        await store.SetStateAsync("head", book.State);
        return store.Values.ToDictionary(v => v.Key, v => JsonSerializer.Serialize(v.Value, JsonSerializerOptions.Web));
    }

    /// <summary>So many pages, all of them alike.</summary>
    private static async Task<Dictionary<string, string>> LargeAsync(int pages)
    {
        var stored = await StoredAsync(AccountLedger.EventsPerPage, _ => Start);
        var (head, day) = (JsonNode.Parse(stored["head"])!, JsonNode.Parse(stored["day:2026-10-01"])!);
        foreach (var field in (string[])["events", "unpricedRequests"])
            head[field] = pages * (long)head[field]!;
        foreach (var (currency, amount) in head["spent"]!.AsObject().ToList())
            head["spent"]![currency] = Times(amount);
        foreach (var sums in day.AsArray().Select(row => row!["sums"]!))
        {
            sums["requests"] = pages * (long)sums["requests"]!;
            sums["unpricedRequests"] = pages * (long)sums["unpricedRequests"]!;
            sums["cost"] = Times(sums["cost"]);
        }

        (stored["head"], stored["day:2026-10-01"]) = (head.ToJsonString(), day.ToJsonString());
        for (var page = 1; page < pages; page++)
            stored["events:" + page] = stored["events:0"];
        return stored;

        string Times(JsonNode? amount) => (pages * decimal.Parse((string)amount!, CultureInfo.InvariantCulture))
            .ToString(CultureInfo.InvariantCulture);
    }

    private static async Task PutAsync(BillingRig rig, string account, Dictionary<string, string> state)
    {
        // A sidecar writes for actors that are there; this call wakes it up, and reads nothing of what is put.
        await rig.Account(account).HasCountedAsync(new CountedQuery { Source = "nobody", SequenceKey = account, Sequence = 1 });
        using var sidecar = new HttpClient { BaseAddress = rig.BillingSidecar };
        foreach (var some in state.Chunk(250))
        {
            var operations = some.Select(v => $$$"""{"operation":"upsert","request":{"key":"{{{v.Key}}}","value":{{{v.Value}}}}}""");
            using var body = new StringContent($"[{string.Join(',', operations)}]", Encoding.UTF8, "application/json");
            using var answer = await sidecar.PutAsync(new Uri($"/v1.0/actors/Account/{account}/state", UriKind.Relative), body);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    private static JsonNode Dearer(JsonNode page, int which)
    {
        var events = JsonSerializer.Deserialize<StoredEvents>(page.ToJsonString(), JsonSerializerOptions.Web)!;
        var (changed, all) = (new StoredEvents(), JsonNode.Parse(events.Json.Span)!.AsArray());
        all[which]!["cost"]!["amount"] = "0.987";
        foreach (var e in all)
            changed.Add(Encoding.UTF8.GetBytes(e!.ToJsonString()));
        return JsonSerializer.SerializeToNode(changed, JsonSerializerOptions.Web)!;
    }

    /// <summary>Of a list of roll-ups, the first that has a price.</summary>
    private static JsonNode Changed(JsonNode value, Action<JsonNode> change)
    {
        change(value is JsonArray rows ? rows.First(row => row!["currency"] is not null)! : value);
        return value;
    }
}
