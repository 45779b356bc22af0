using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Usage;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.Billing;

public class UsageTests(BillingRig rig) : IClassFixture<BillingRig>
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
    private static int _next;

    private static string New(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);

    private async Task DeliverAsync(params UsageEvent[] events)
    {
        foreach (var e in events)
        {
            using var content = new ByteArrayContent(UsageJson.Write(e)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var answer = await rig.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content);
            Assert.Equal("""{"status":"SUCCESS"}""", await answer.Content.ReadAsStringAsync());
        }
    }

    private async Task<long> RequestsAsync(string account) => (await rig.Account(account).GetBalanceAsync()).Events;

    [Fact]
    public async Task An_event_published_on_the_topic_is_recorded()
    {
        var key = New("key_topic");
        await rig.PublishAsync(UsageJson.Write(BillingRig.Event(New("req"), key)));
        await BillingRig.UntilAsync(async () => await RequestsAsync(key) == 1);
    }

    [Fact]
    public async Task An_event_delivered_again_and_out_of_order_counts_once()
    {
        var key = New("key_twice");
        var one = BillingRig.Event(New("req"), key, Noon);
        var two = BillingRig.Event(New("req"), key, Noon.AddHours(-3));
        await DeliverAsync(one, two, one, two, one);
        var balance = await rig.Account(key).GetBalanceAsync();
        Assert.Equal(2, balance.Events);
        Assert.Equal(0.02m, balance.Spent["USD"]);
    }

    [Fact]
    public async Task Parts_of_a_request_count_each_once()
    {
        var key = New("key_parts");
        var one = BillingRig.Event(New("req"), key, Noon);
        await DeliverAsync(one, one with { Part = "batch-item-2" }, one with { Part = "batch-item-2" });
        Assert.Equal(2, await RequestsAsync(key));
    }

    [Fact]
    public async Task A_report_has_the_documented_shape()
    {
        var key = New("key_shape");
        await DeliverAsync(
            BillingRig.Event(New("req"), key, Noon, 0.10m), BillingRig.Event(New("req"), key, Noon, 0.20m),
            BillingRig.Event(New("req"), key, Noon, cost: null));
        var (status, report) = await rig.GetAsync($"/admin/v1/keys/{key}/usage?from=2026-03-01&to=2026-03-31&groupBy=day,model");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse("""
            {"from":"2026-03-01","to":"2026-03-31",
             "data":[{"model":"anthropic/claude-sonnet-4.5","day":"2026-03-14","requests":3,"input_tokens":30,"output_tokens":60,
                      "cache_creation_input_tokens":9,"cache_read_input_tokens":12,"cost":"0.30","currency":"USD","unpriced_requests":1}],
             "totals":{"requests":3,"input_tokens":30,"output_tokens":60,
                      "cache_creation_input_tokens":9,"cache_read_input_tokens":12,"cost":"0.30","currency":"USD","unpriced_requests":1}}
            """), report), report.ToJsonString());
    }

    [Fact]
    public async Task An_unknown_price_is_null_and_counted_and_never_0()
    {
        var key = New("key_unpriced");
        await DeliverAsync(BillingRig.Event(New("req"), key, Noon, cost: null));
        var (_, report) = await rig.GetAsync($"/admin/v1/keys/{key}/usage?from=2026-03-14&to=2026-03-14");
        var totals = report["totals"]!.AsObject();
        Assert.True(totals.ContainsKey("cost"));
        Assert.Null(totals["cost"]);
        Assert.Equal(1, (long)totals["unpriced_requests"]!);
    }

    [Fact]
    public async Task Currencies_are_never_added_up()
    {
        var key = New("key_currencies");
        await DeliverAsync(
            BillingRig.Event(New("req"), key, Noon, 1m), BillingRig.Event(New("req"), key, Noon, 7m, "CNY"),
            BillingRig.Event(New("req"), key, Noon, cost: null));
        var (_, report) = await rig.GetAsync($"/admin/v1/keys/{key}/usage?from=2026-03-14&to=2026-03-14");
        var totals = report["totals"]!;
        Assert.Null(totals["cost"]);
        Assert.Equal("7", (string)totals["costs"]!["CNY"]!);
        Assert.Equal("1", (string)totals["costs"]!["USD"]!);
        Assert.Equal(3, report["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task All_usage_is_grouped_by_key_provider_team_and_organisation()
    {
        var day = new DateOnly(2025, 7, 1);
        var time = new DateTimeOffset(day, new TimeOnly(8, 0), TimeSpan.Zero);
        string a = New("key_a"), b = New("key_b"), team = New("team:t"), organisation = New("org:o");
        await DeliverAsync(
            BillingRig.Event(New("req"), a, time, 1m) with { Accounts = [a, team, organisation] },
            BillingRig.Event(New("req"), b, time, 2m, provider: "openai") with { Accounts = [b, team, organisation] },
            BillingRig.Event(New("req"), b, time, 4m));

        var byKey = (await rig.GetAsync("/admin/v1/usage?from=2025-07-01&to=2025-07-01&groupBy=key")).Body;
        Assert.Equal([(a, "1"), (b, "6")], byKey["data"]!.AsArray().Select(l => ((string)l!["key_id"]!, (string)l["cost"]!)));
        Assert.Equal("7", (string)byKey["totals"]!["cost"]!);

        var byProvider = (await rig.GetAsync("/admin/v1/usage?from=2025-07-01&to=2025-07-01&groupBy=provider")).Body;
        Assert.Equal([("anthropic", "5"), ("openai", "2")], byProvider["data"]!.AsArray().Select(l => ((string)l!["provider"]!, (string)l["cost"]!)));

        var byTeam = (await rig.GetAsync("/admin/v1/usage?from=2025-07-01&to=2025-07-01&groupBy=team")).Body;
        Assert.Equal([(team, "3")], byTeam["data"]!.AsArray().Select(l => ((string)l!["team_id"]!, (string)l["cost"]!)));

        var byOrganisation = (await rig.GetAsync("/admin/v1/usage?from=2025-07-01&to=2025-07-01&groupBy=organization")).Body;
        Assert.Equal(organisation, (string)byOrganisation["data"]![0]!["organization_id"]!);
    }

    [Fact]
    public async Task A_report_as_csv_has_one_line_a_group()
    {
        var key = New("key_csv");
        await DeliverAsync(BillingRig.Event(New("req"), key, Noon, 0.5m, model: "odd,\"model\""));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/admin/v1/keys/{key}/usage?from=2026-03-14&to=2026-03-14&groupBy=model");
        request.Headers.Accept.ParseAdd("text/csv");
        using var answer = await rig.Billing.SendAsync(request);
        Assert.Equal("text/csv", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "model,requests,input_tokens,output_tokens,cache_creation_input_tokens,cache_read_input_tokens,cost,currency,unpriced_requests\r\n"
            + "\"odd,\"\"model\"\"\",1,10,20,3,4,0.5,USD,0\r\n",
            await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("usage?from=2026-03-02&to=2026-03-01", "from")]
    [InlineData("usage?from=yesterday", "from")]
    [InlineData("usage?groupBy=colour", "groupBy")]
    [InlineData("usage?groupBy=key,team", "groupBy")]
    [InlineData("usage?format=xml", "format")]
    [InlineData("reconciliation?keyId=", "keyId")]
    [InlineData("reconciliation?limit=none", "limit")]
    [InlineData("keys?teamId=", "teamId")]
    [InlineData("keys?after=", "after")]
    [InlineData("teams?parent=", "parent")]
    [InlineData("dead-letters?after=x", "after")]
    [InlineData("keys/key_1/events?after=", "after")]
    public async Task A_bad_query_is_refused_by_its_parameter(string query, string field)
    {
        var (status, problem) = await rig.GetAsync("/admin/v1/" + query);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains(field, problem["errors"]!.AsObject().Select(e => e.Key));
    }

    [Fact]
    public async Task Events_of_a_key_are_read_in_pages_whole()
    {
        var key = New("key_events");
        var events = Enumerable.Range(0, 5).Select(i => BillingRig.Event(New("req"), key, Noon.AddMinutes(i))).ToArray();
        await DeliverAsync(events);
        var read = new List<string>();
        for (var after = "0"; ;)
        {
            var (_, page) = await rig.GetAsync($"/admin/v1/keys/{key}/events?limit=2&after={after}");
            read.AddRange(page["data"]!.AsArray().Select(e => e!.ToJsonString()));
            if (!(bool)page["hasMore"]!)
                break;
            after = (string)page["nextAfter"]!;
        }

        Assert.Equal(
            events.Select(e => (string)JsonNode.Parse(UsageJson.Write(e))!["request_id"]!), read.Select(e => (string)JsonNode.Parse(e)!["request_id"]!));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(UsageJson.Write(events[0])), JsonNode.Parse(read[0])), read[0]);
    }

    [Fact]
    public async Task Reconciliation_counts_events_roll_ups_and_balance_alike()
    {
        var key = New("key_reconciled");
        await DeliverAsync(
            [
                .. Enumerable.Range(0, 5).Select(i => BillingRig.Event(New("req"), key, Noon.AddDays(-i), 0.0000123m)),
                BillingRig.Event(New("req"), key, Noon, cost: null)]);
        var (_, report) = await rig.GetAsync($"/admin/v1/reconciliation?keyId={key}");
        Assert.True((bool)report["consistent"]!, report.ToJsonString());
        Assert.Equal("0.0000615", (string)report["data"]![0]!["eventCost"]!["USD"]!);
        Assert.Equal(6, (long)report["data"]![0]!["rollupRequests"]!);
    }

    [Fact]
    public async Task A_malformed_delivery_becomes_a_dead_letter_and_the_queue_goes_on()
    {
        var key = New("key_after_poison");
        await rig.PublishAsync(Encoding.UTF8.GetBytes($$"""{"request_id":"{{key}}-poison"}"""));
        await rig.PublishAsync(UsageJson.Write(BillingRig.Event(New("req"), key)));
        await BillingRig.UntilAsync(async () => await RequestsAsync(key) == 1);
        await BillingRig.UntilAsync(
            async () => (await rig.GetAsync("/admin/v1/dead-letters")).Body.ToJsonString().Contains(key + "-poison", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dead_letter_is_replayed_once_and_then_gone()
    {
        var key = New("key_replayed");
        var e = UsageJson.Write(BillingRig.Event(New("req"), key));
        for (var i = 0; i < 2; i++)
        {
            using var content = new ByteArrayContent(e) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            (await rig.Billing.PostAsync(new Uri("/events/usage-dead-letter", UriKind.Relative), content)).Dispose();
        }

        Assert.Equal(0, await RequestsAsync(key));
        var (_, result) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/dead-letters/replay");
        Assert.Equal(1, (int)result["replayed"]!);
        Assert.Equal(1, await RequestsAsync(key));
        Assert.DoesNotContain(key, (await rig.GetAsync("/admin/v1/dead-letters")).Body.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rule_F39_a_malformed_dead_letter_says_why_and_is_corrected_or_discarded()
    {
        var key = New("key_corrected");
        var whole = JsonNode.Parse(UsageJson.Write(BillingRig.Event(New("req"), key)))!.AsObject();
        var broken = whole.DeepClone().AsObject();
        broken["stream"] = "perhaps";
        var hopeless = $$"""{"note":"{{key}} is no event"}""";
        foreach (var body in new[] { broken.ToJsonString(), hopeless })
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            (await rig.Billing.PostAsync(new Uri("/events/usage-dead-letter", UriKind.Relative), content)).Dispose();
        }

        var letters = (await rig.GetAsync("/admin/v1/dead-letters?limit=1000")).Body["data"]!.AsArray()
            .Where(l => ((string)l!["body"]!).Contains(key, StringComparison.Ordinal)).ToList();
        Assert.Equal(2, letters.Count);
        Assert.Contains("$.stream", (string)letters[0]!["reason"]!, StringComparison.Ordinal);
        Assert.Contains("request_id", (string)letters[1]!["reason"]!, StringComparison.Ordinal);
        var (wrong, useless) = ("/admin/v1/dead-letters/" + letters[0]!["id"], "/admin/v1/dead-letters/" + letters[1]!["id"]);
        Assert.Equal(broken.ToJsonString(), (string)(await rig.GetAsync(wrong)).Body["body"]!);

        var (asItIs, conflict) = await rig.SendAsync(HttpMethod.Post, wrong + "/replay");
        Assert.Equal((HttpStatusCode.Conflict, true), (asItIs, ((string)conflict["title"]!).Contains("$.stream", StringComparison.Ordinal)));
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.SendAsync(HttpMethod.Post, wrong + "/replay", hopeless)).Status);
        Assert.Equal(0, await RequestsAsync(key));
        Assert.Equal(
            (HttpStatusCode.OK, 1),
            ((await rig.SendAsync(HttpMethod.Post, wrong + "/replay", whole.ToJsonString())) is var (s, b) ? (s, (int)b["replayed"]!) : default));
        Assert.Equal(1, await RequestsAsync(key));
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Post, wrong + "/replay", whole.ToJsonString())).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await rig.SendAsync(HttpMethod.Delete, useless)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.SendAsync(HttpMethod.Delete, useless)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync(useless)).Status);
        Assert.DoesNotContain(key, (await rig.GetAsync("/admin/v1/dead-letters?limit=1000")).Body.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(1, await RequestsAsync(key));
    }

    [Fact]
    public async Task Half_a_character_in_a_dead_letter_or_its_correction_is_a_mistake_and_no_failure()
    {
        var key = New("key_half");
        var whole = JsonNode.Parse(UsageJson.Write(BillingRig.Event(New("req"), key)))!.ToJsonString();
        var half = whole.Replace($"\"{key}\"", $"\"{key}\\ud800\"", StringComparison.Ordinal);
        using var content = new StringContent(half, Encoding.UTF8, "application/json");
        (await rig.Billing.PostAsync(new Uri("/events/usage-dead-letter", UriKind.Relative), content)).Dispose();
        var letters = (await rig.GetAsync("/admin/v1/dead-letters?limit=1000")).Body["data"]!.AsArray();
        var letter = "/admin/v1/dead-letters/" + letters.Single(l => ((string)l!["body"]!).Contains(key, StringComparison.Ordinal))!["id"] + "/replay";
        Assert.Equal(HttpStatusCode.Conflict, (await rig.SendAsync(HttpMethod.Post, letter)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await rig.SendAsync(HttpMethod.Post, letter, half)).Status);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Post, letter, whole)).Status);
        Assert.Equal(1, await RequestsAsync(key));
    }

    [Fact]
    public async Task Dead_letters_and_unpriced_requests_are_counted_for_an_alert()
    {
        var factory = rig.Services.GetRequiredService<IMeterFactory>();
        var counted = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Gateway.Billing" && instrument.Meter.Scope == factory)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counted.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        listener.Start();

        var e = BillingRig.Event(New("req"), New("key_alert"), cost: null);
        await DeliverAsync(e, e);
        using var content = new ByteArrayContent(UsageJson.Write(e)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        (await rig.Billing.PostAsync(new Uri("/events/usage-dead-letter", UriKind.Relative), content)).Dispose();
        Assert.Equal(
            (1L, 1L, 1L), (counted["gateway.billing.unpriced_requests"], counted["gateway.billing.duplicate_events"], counted["gateway.billing.dead_letters"]));
        await rig.SendAsync(HttpMethod.Post, "/admin/v1/dead-letters/replay");
    }

    [Fact]
    public async Task The_price_page_says_where_each_price_is_from_what_it_lacks_and_which_models_have_none()
    {
        var (status, page) = await rig.GetAsync("/admin/v1/prices");
        Assert.Equal(HttpStatusCode.OK, status);
        var lines = page["data"]!.AsArray();
        Assert.Contains("openrouter/auto", page["unpriced"]!.AsArray().Select(m => (string)m!));
        var sonnet = lines.Single(l => (string)l!["model"]! == "anthropic/claude-sonnet-4.5")!;
        Assert.Equal(("anthropic", 3m), ((string)sonnet["provider"]!, (decimal)sonnet["price"]!["perMillion"]!["input"]!));
        Assert.DoesNotContain("perMillion.cacheRead", sonnet["lacks"]!.AsArray().Select(m => (string)m!));
        Assert.Equal(["price"], lines.Single(l => (string)l!["model"]! == "openrouter/auto")!["lacks"]!.AsArray().Select(m => (string)m!));
        // A price that is more than nothing was read somewhere, on some day.
        Assert.All(lines.Where(l => (decimal?)l!["price"]?["perMillion"]?["output"] > 0), l =>
            Assert.True(l!["price"]!["source"] is not null && l["price"]!["asOf"] is not null, l.ToJsonString()));
    }

    [Fact]
    public async Task A_team_under_an_organisation_limits_its_keys()
    {
        var organisation = (await rig.SendAsync(HttpMethod.Post, "/admin/v1/organizations", """{"name":"acme"}""")).Body;
        var team = (
            await rig.SendAsync(
                HttpMethod.Post, "/admin/v1/teams",
                $$$"""{"name":"search","parent":"{{{organisation["id"]}}}","budget":{"amount":100,"period":"month"}}""")).Body;
        var key = await rig.CreateKeyAsync($$"""{"teamId":"{{team["id"]}}"}""");
        var id = (string)key["id"]!;
        Assert.Equal([id, (string)team["id"]!, (string)organisation["id"]!], (await rig.RecordAsync((string)key["key"]!))!.Accounts!);
        await DeliverAsync(BillingRig.Event(New("req"), id, cost: 2.5m) with { Accounts = [id, (string)team["id"]!, (string)organisation["id"]!] });

        var members = (await rig.GetAsync($"/admin/v1/keys?teamId={team["id"]}&limit=1000")).Body;
        Assert.Equal([id], members["data"]!.AsArray().Select(k => (string)k!["id"]!));
        var usage = (await rig.GetAsync($"/admin/v1/teams/{team["id"]}/usage?groupBy=model")).Body;
        Assert.Equal("2.5", (string)usage["data"]![0]!["cost"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await rig.GetAsync("/admin/v1/teams/team:nobody/usage")).Status);
        Assert.Contains(
            (string)team["id"]!, (await rig.GetAsync($"/admin/v1/teams?parent={organisation["id"]}")).Body.ToJsonString(), StringComparison.Ordinal);
        Assert.True((bool)(await rig.GetAsync($"/admin/v1/reconciliation?keyId={team["id"]}")).Body["consistent"]!);
        var shown = (await rig.GetAsync($"/admin/v1/teams/{team["id"]}")).Body;
        Assert.Equal("2.5", (string)shown["status"]!["budget"]!["spent"]!);
        var self = (await rig.GetAsync($"/keys/{id}/self")).Body;
        Assert.Equal("97.5", (string)self["groups"]![(string)team["id"]!]!["budget"]!["left"]!);
        Assert.Equal("2.5", (string)self["spent"]!["USD"]!);

        var (moved, problem) = await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team["id"]}", """{"parent":null}""");
        Assert.Equal(HttpStatusCode.BadRequest, moved);
        Assert.NotNull(problem["errors"]!["parent"]);
        Assert.Equal(HttpStatusCode.OK, (await rig.SendAsync(HttpMethod.Patch, $"/admin/v1/teams/{team["id"]}", """{"budget":{"amount":50}}""")).Status);
        Assert.Equal(50m, (await rig.Account((string)team["id"]!).GetStatusAsync()).Budget!.Amount);
    }

    [Fact]
    public async Task A_spent_budget_is_announced_once_in_its_period()
    {
        var key = await rig.CreateKeyAsync("""{"budget":{"amount":1,"period":"month","warnAt":[]}}""");
        var account = rig.Account((string)key["id"]!);
        await DeliverAsync(BillingRig.Event(New("req"), (string)key["id"]!, cost: 1m));
        for (var i = 1; i <= 3; i++)
        {
            var grant = await account.AcquireLeaseAsync(new LeaseRequest { LeaseId = "i1", Sequence = i, Need = new Allowance { Requests = 1, Money = 0.5m } });
            Assert.False(grant.Refusal!.Transient);
        }

        var notice = JsonNode.Parse((await rig.Ingress.NextAsync("/notices/quota", 30)).Body)!;
        Assert.Equal("gateway.quota.exceeded.v1", (string)notice["type"]!);
        Assert.Equal((string)key["id"]!, (string)notice["data"]!["accountId"]!);
        await Assert.ThrowsAnyAsync<Exception>(() => rig.Ingress.NextAsync("/notices/quota", 0.3));
    }
}
