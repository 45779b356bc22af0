using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Billing.Webhooks;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.Conformance;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Billing;

/// <summary>Events that are posted to other systems: at least once, signed, whatever the receiver does.</summary>
public sealed class WebhookTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTime _time = new(Start);
    private readonly BillingRig _rig;
    private readonly ConcurrentDictionary<string, Receiver> _receivers = new();

    public WebhookTests() => _rig = new() { Time = _time, Settings = ["--GATEWAY_EVENT_FEED=true", "--GATEWAY_WEBHOOK_HOSTS=127.0.0.1"] };

    public Task InitializeAsync() => _rig.StartAsync();

    public async Task DisposeAsync()
    {
        foreach (var receiver in _receivers.Values)
            await receiver.App.DisposeAsync();
        await _rig.DisposeAsync();
    }

    [Fact]
    public async Task Events_come_signed_each_once_and_those_of_a_key_in_their_order()
    {
        var receiver = await ReceiverAsync();
        var webhook = await CreateAsync(receiver, ""","batchSize":7""");
        var secret = (string)webhook["secret"]!;
        for (var i = 0; i < 40; i++)
            await DeliverAsync("key_" + (i % 3), "req_" + i);
        await DeliveredAsync(webhook, 40);

        foreach (var taken in receiver.Taken)
        {
            Assert.Equal("application/cloudevents-batch+json", taken.ContentType);
            Assert.InRange(_time.Now.ToUnixTimeSeconds() - taken.Timestamp, 0, 5);
            // As the specification has it: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
            using var hmac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
            var expected = Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes($"{taken.Id}.{taken.Timestamp}.{taken.Body}")));
            Assert.Equal("v1," + expected, taken.Signature);
            Assert.InRange(taken.Events.Count, 1, 7);
        }

        var events = receiver.Events;
        Assert.Equal(receiver.Taken.Count, receiver.Taken.Select(t => t.Id).Distinct().Count());
        Assert.Equal(Enumerable.Range(0, 40).Select(i => "req_" + i).Order(), events.Select(e => (string)e["id"]!).Order());
        Assert.All(events, e => Assert.Equal(
            ("1.0", "gateway.usage.recorded.v1", (string)e["data"]!["key_id"]!), ((string)e["specversion"]!, (string)e["type"]!, (string)e["subject"]!)));
        foreach (var key in events.GroupBy(e => (string)e["subject"]!))
            Assert.Equal(key.Select(e => int.Parse(((string)e["id"]!)[4..])).Order(), key.Select(e => int.Parse(((string)e["id"]!)[4..])));

        // A new secret: for the overlap both sign; the old one alone is in no answer and nowhere in the store.
        var (_, rotated) = await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/rotate", """{"overlapSeconds":60}""");
        await DeliverAsync("key_1", "req_rotated");
        await DeliveredAsync(webhook, 41);
        var both = receiver.Taken.Last();
        Assert.Equal(
            (string[])[Signature(secret, both), Signature((string)rotated["secret"]!, both)], both.Signature.Split(' '));
        _time.Advance(TimeSpan.FromSeconds(61));
        await DeliverAsync("key_1", "req_later");
        await DeliveredAsync(webhook, 42);
        Assert.Equal(Signature((string)rotated["secret"]!, receiver.Taken.Last()), receiver.Taken.Last().Signature);
        using var sidecar = new HttpClient { BaseAddress = _rig.BillingSidecar };
        var stored = await sidecar.GetStringAsync($"/v1.0/actors/KeyDirectory/all/state/webhook:{webhook["id"]}");
        var (_, audit) = await _rig.GetAsync($"/admin/v1/audit?target={webhook["id"]}");
        Assert.Equal(["webhook.created", "webhook.rotated"], audit["data"]!.AsArray().Select(e => (string)e!["action"]!));
        var (_, shown) = await _rig.GetAsync(Path(webhook));
        Assert.All(new[] { stored, audit.ToJsonString(), shown.ToJsonString() }, text => Assert.DoesNotContain(secret[10..], text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_dead_letter_goes_when_its_events_do()
    {
        var receiver = await ReceiverAsync(_ => 500);
        var webhook = await CreateAsync(receiver, ""","giveUpHours":1""");
        await DeliverAsync("key_1", "req_1");
        await StatusAsync(webhook, s => (int)s["attempts"]! == 1);
        _time.Advance(TimeSpan.FromHours(1));
        await RemindAsync(webhook);
        await StatusAsync(webhook, s => (int)s["deadLetters"]! == 1);
        // A clock that goes wrong takes nothing.
        _time.Advance(TimeSpan.FromDays(3_650));
        Assert.Single((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray());
        _time.Advance(TimeSpan.FromDays(-3_650));
        for (var days = 0; days <= 400; days += 20)
        {
            Assert.Single((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray());
            _time.Advance(TimeSpan.FromDays(20));
        }

        Assert.Empty((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray());
        Assert.Equal(0, (int)(await StatusAsync(webhook, _ => true))["deadLetters"]!);
    }

    [Fact]
    public async Task What_is_not_taken_is_tried_again_as_it_was_then_kept_and_can_be_replayed_or_thrown_away()
    {
        var receiver = await ReceiverAsync(_ => 503);
        var webhook = await CreateAsync(receiver, ""","giveUpHours":1""");
        await DeliverAsync("key_1", "req_1");
        await DeliverAsync("key_1", "req_2");
        await StatusAsync(webhook, s => (int)s["attempts"]! == 1);
        await DeliverAsync("key_1", "req_3");
        foreach (var (seconds, attempts) in ((int, int)[])[(5, 2), (30, 3), (120, 4), (600, 5), (1_800, 6), (1_045, 0)])
        {
            var waiting = await StatusAsync(webhook, s => s["retryAt"] is not null);
            Assert.Equal(TimeSpan.FromSeconds(seconds), DateTimeOffset.Parse((string)waiting["retryAt"]!) - _time.Now);
            Assert.Equal("status 503", (string)waiting["lastFailure"]!["reason"]!);
            Assert.NotNull(waiting["behindSince"]);
            if (attempts == 0)
                receiver.Answer = _ => 200;
            _time.Advance(TimeSpan.FromSeconds(seconds));
            await RemindAsync(webhook);
            if (attempts > 0)
                await StatusAsync(webhook, s => (int)s["attempts"]! == attempts);
        }

        // The last attempt was at the end of its hour, and was taken: as each before it, one message.
        await DeliveredAsync(webhook, 3);
        Assert.Equal(7, receiver.Seen.Count(t => t.Id == receiver.Seen[0].Id));
        Assert.All(receiver.Seen.Where(t => t.Id == receiver.Seen[0].Id), t => Assert.Equal(receiver.Seen[0].Body, t.Body));

        // One that is given up is a letter, and holds up nothing behind it.
        receiver.Answer = t => t.Body.Contains("poison", StringComparison.Ordinal) ? 500 : 200;
        await DeliverAsync("key_1", "poison_1");
        await StatusAsync(webhook, s => (int)s["attempts"]! == 1);
        _time.Advance(TimeSpan.FromHours(1));
        await RemindAsync(webhook);
        await StatusAsync(webhook, s => (int)s["deadLetters"]! == 1);
        await DeliverAsync("key_1", "req_4");
        await DeliveredAsync(webhook, 4);
        var letter = Assert.Single((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray())!;
        Assert.Equal((1, 2, "status 500"), ((int)letter["events"]!, (int)letter["attempts"]!, (string)letter["failure"]!["reason"]!));

        // Not taken once more it is a letter again; taken, it is the same message.
        Assert.Equal(1, (int)(await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/dead-letters/replay")).Body["queued"]!);
        await BillingRig.UntilAsync(async () =>
            (await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"] is JsonArray { Count: 1 } again && (int)again[0]!["attempts"]! == 3);
        receiver.Answer = _ => 200;
        await _rig.SendAsync(HttpMethod.Post, $"{Path(webhook)}/dead-letters/{letter["id"]}/replay");
        await DeliveredAsync(webhook, 5);
        Assert.Equal((string)letter["id"]!, receiver.Taken.Last().Id);
        Assert.Contains("poison_1", receiver.Taken.Last().Body, StringComparison.Ordinal);
        Assert.Empty((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray());

        receiver.Answer = t => t.Body.Contains("poison", StringComparison.Ordinal) ? 500 : 200;
        await DeliverAsync("key_1", "poison_2");
        await StatusAsync(webhook, s => (int)s["attempts"]! == 1);
        _time.Advance(TimeSpan.FromHours(1));
        await RemindAsync(webhook);
        await StatusAsync(webhook, s => (int)s["deadLetters"]! == 1);
        letter = Assert.Single((await _rig.GetAsync(Path(webhook) + "/dead-letters")).Body["data"]!.AsArray())!;
        Assert.Equal(HttpStatusCode.NoContent, (await _rig.SendAsync(HttpMethod.Delete, $"{Path(webhook)}/dead-letters/{letter["id"]}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await _rig.SendAsync(HttpMethod.Delete, $"{Path(webhook)}/dead-letters/{letter["id"]}")).Status);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_left_alone_one_that_is_slow_holds_up_nobody_and_one_that_leads_on_is_not_followed()
    {
        var elsewhere = await ReceiverAsync();
        var gone = await ReceiverAsync(_ => 410);
        var leading = await ReceiverAsync(_ => 307);
        leading.Location = elsewhere.Url;
        var release = new TaskCompletionSource();
        var slow = await ReceiverAsync();
        slow.Wait = release.Task;
        var good = await ReceiverAsync();
        var (toGone, toLeading, toSlow, toGood) = (await CreateAsync(gone), await CreateAsync(leading), await CreateAsync(slow), await CreateAsync(good));
        await DeliverAsync("key_1", "req_1");
        await BillingRig.UntilAsync(() => Task.FromResult(slow.Seen.Count == 1));
        await DeliverAsync("key_1", "req_2");
        await DeliveredAsync(toGood, 2);
        Assert.NotNull((await StatusAsync(toGone, s => s["goneAt"] is not null))["goneAt"]);
        var failed = await StatusAsync(toLeading, s => s["lastFailure"] is not null);
        Assert.Contains("redirects", (string)failed["lastFailure"]!["reason"]!, StringComparison.Ordinal);
        Assert.Empty(elsewhere.Seen);
        // The slow one has its one delivery, and answers for itself all the while.
        await RemindAsync(toSlow);
        Assert.Equal(0, (long)(await StatusAsync(toSlow, _ => true))["delivered"]!);
        Assert.Single(slow.Seen);
        release.SetResult();
        // At once, also where it was so slow that it was given up for now.
        await _rig.SendAsync(HttpMethod.Post, Path(toSlow) + "/resume");
        await DeliveredAsync(toSlow, 2);

        var seen = gone.Seen.Count;
        await RemindAsync(toGone);
        gone.Answer = _ => 200;
        await _rig.SendAsync(HttpMethod.Post, Path(toGone) + "/resume");
        await DeliveredAsync(toGone, 2);
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task What_is_not_of_usage_comes_too_kept_to_scope_and_filter_and_can_be_read_in_the_feed()
    {
        var (_, organization) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/organizations", "{}");
        var (_, team) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/teams", $$"""{"parent":"{{organization["id"]}}"}""");
        var all = await ReceiverAsync();
        var scoped = await ReceiverAsync();
        var types = string.Join(',', WebhookRules.Types.Select(t => $"\"{t}\""));
        var toAll = await CreateAsync(all, $$""","types":[{{types}}]""");
        var toScoped = await CreateAsync(
            scoped,
            $$""","scope":"{{organization["id"]}}","types":[{{types.Replace(",\"gateway.audit.recorded.v1\"", "")}}],"filter":{"outcome":"completed"}""");
        var mine = (string)(await _rig.CreateKeyAsync(
            $$"""{"teamId":"{{team["id"]}}","limits":{"requestsPerMinute":1},"budget":{"amount":1,"period":"total"} }"""))["id"]!;
        var other = (string)(await _rig.CreateKeyAsync("""{"budget":{"amount":1,"period":"total"}}"""))["id"]!;
        await _rig.Account(mine).AcquireLeaseAsync(
            new LeaseRequest { LeaseId = "i1", Sequence = 1, Refused = new Dictionary<string, long> { ["requests"] = 3 } });
        foreach (var key in (string[])[mine, other])
        {
            IReadOnlyList<string> accounts = key == mine ? [key, (string)team["id"]!, (string)organization["id"]!] : [key];
            await DeliverAsync(BillingRig.Event("req_" + key, key, _time.Now, 0.6m) with { Accounts = accounts });
            await DeliverAsync(BillingRig.Event("bad_" + key, key, _time.Now, 0) with { Accounts = accounts, Outcome = RequestOutcome.Error });
        }

        string[] ofMine = ["gateway.key.changed.v1", "gateway.quota.warning.v1", "gateway.requests.refused.v1", "gateway.usage.recorded.v1"];
        await BillingRig.UntilAsync(() => Task.FromResult(scoped.Events.Select(e => (string)e["type"]!).Distinct().Order().SequenceEqual(ofMine)));
        Assert.All(scoped.Events, e => Assert.Equal(mine, (string)e["subject"]!));
        Assert.Equal("req_" + mine, (string)Assert.Single(scoped.Events, e => (string)e["type"]! == "gateway.usage.recorded.v1")["id"]!);
        await BillingRig.UntilAsync(() => Task.FromResult(all.Events.Count(e => (string)e["type"]! == "gateway.quota.warning.v1") == 2));
        Assert.Contains(all.Events, e => (string)e["type"]! == "gateway.audit.recorded.v1" && (string)e["data"]!["action"]! == "key.created");

        // The same in the feed, with the ids that the topics have.
        var (_, page) = await _rig.GetAsync("/admin/v1/events?limit=1000&types=gateway.requests.refused.v1,gateway.quota.warning.v1&keyId=" + mine);
        Assert.Empty(page["data"]!.AsArray());
        Assert.Equal(["gateway.quota.warning.v1", "gateway.requests.refused.v1"], page["notices"]!.AsArray().Select(n => (string)n!["type"]!).Order());
        Assert.Equal(3, (int)page["notices"]!.AsArray().Single(n => (string)n!["type"]! == "gateway.requests.refused.v1")!["data"]!["refused"]!["requests"]!);
        Assert.Equal(
            page["notices"]!.AsArray().Select(n => (string)n!["id"]!).Order(),
            scoped.Events.Where(e => (string)e["type"]! is "gateway.quota.warning.v1" or "gateway.requests.refused.v1").Select(e => (string)e["id"]!).Order());
        Assert.Equal(HttpStatusCode.BadRequest, (await _rig.GetAsync("/admin/v1/events?types=none")).Status);
        Assert.Null((await _rig.GetAsync("/admin/v1/events")).Body["notices"]);

        // Whoever is admin of one team makes webhooks of that one.
        await DeliveredAsync(toAll, all.Events.Count);
        await DeliveredAsync(toScoped, scoped.Events.Count);
    }

    [Fact]
    public async Task It_survives_a_restart_is_paused_and_resumed_and_begins_anew_where_it_is_told()
    {
        var receiver = await ReceiverAsync();
        await DeliverAsync("key_1", "req_before");
        _time.Advance(TimeSpan.FromDays(1));
        await DeliverAsync("key_1", "req_day");
        var webhook = await CreateAsync(receiver, ""","since":"2026-03-15T00:00:00Z","batchSize":10""");
        await DeliveredAsync(webhook, 1);
        await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/pause");
        for (var i = 0; i < 30; i++)
            await DeliverAsync("key_" + (i % 2), "req_" + i);
        await RemindAsync(webhook);
        Assert.Equal(["req_day"], receiver.Events.Select(e => (string)e["id"]!));
        await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/resume");
        await BillingRig.UntilAsync(() => Task.FromResult(receiver.Events.Count > 1));
        await _rig.StopAsync();
        await _rig.StartAsync();
        await RemindAsync(webhook);
        await StatusAsync(webhook, s => s["behindSince"] is null && receiver.Events.Select(e => (string)e["id"]!).Distinct().Count() == 31);

        var before = receiver.Events.Count;
        await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/replay", """{"since":"2026-03-14T00:00:00Z"}""");
        await BillingRig.UntilAsync(() => Task.FromResult(receiver.Events.Skip(before).Select(e => (string)e["id"]!).Distinct().Count() == 32));
        var (_, place) = await _rig.GetAsync("/admin/v1/events?limit=1000");
        await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/replay", $$"""{"after":"{{place["nextAfter"]}}"}""");
        await _rig.SendAsync(HttpMethod.Delete, Path(webhook));
        Assert.Equal(HttpStatusCode.NotFound, (await _rig.GetAsync(Path(webhook))).Status);
        var count = receiver.Seen.Count;
        await DeliverAsync("key_1", "req_nobody_wants");
        await RemindAsync(webhook);
        Assert.Equal(count, receiver.Seen.Count);
    }

    [Theory]
    [InlineData("""{"url":"http://hooks.example.com/"}""", "url")]
    [InlineData("""{"url":"https://10.0.0.8/"}""", "url")]
    [InlineData("""{"url":"https://[::1]/"}""", "url")]
    [InlineData("""{"url":"https://user:word@hooks.example.com/"}""", "url")]
    [InlineData("""{"url":"https://hooks.example.com/#x"}""", "url")]
    [InlineData("""{"url":"ftp://hooks.example.com/"}""", "url")]
    [InlineData("{}", "url")]
    [InlineData("""{"url":"https://hooks.example.com/","types":[]}""", "types")]
    [InlineData("""{"url":"https://hooks.example.com/","types":["gateway.usage.recorded.v1","x",null]}""", "types[1],types[2]")]
    [InlineData("""{"url":"https://hooks.example.com/","scope":"team:none","batchSize":0,"giveUpHours":999,"name":" "}""", "batchSize,giveUpHours,name,scope")]
    [InlineData("""{"url":"https://hooks.example.com/","scope":"team:none","types":["gateway.audit.recorded.v1"]}""", "scope,types[0]")]
    [InlineData("""{"url":"https://hooks.example.com/","color":"red"}""", "color")]
    public async Task Mistakes_are_named_by_field(string body, string fields)
    {
        var (status, problem) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/webhooks", body);
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal(fields.Split(','), problem["errors"]!.AsObject().Select(e => e.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_name_that_leads_into_this_network_is_not_called_and_there_are_only_so_many_webhooks()
    {
        var receiver = await ReceiverAsync();
        var (status, inside) = await _rig.SendAsync(
            HttpMethod.Post, "/admin/v1/webhooks", $$"""{"url":"https://localhost:{{receiver.App.Address.Port}}/"}""");
        Assert.Equal(HttpStatusCode.Created, status);
        var (_, test) = await _rig.SendAsync(HttpMethod.Post, Path(inside) + "/test");
        Assert.False((bool)test["delivered"]!);
        Assert.Contains("not of the Internet", (string)test["failure"]!, StringComparison.Ordinal);
        Assert.Empty(receiver.Seen);

        var webhook = await CreateAsync(receiver);
        (_, test) = await _rig.SendAsync(HttpMethod.Post, Path(webhook) + "/test");
        Assert.True((bool)test["delivered"]!);
        Assert.Equal("gateway.webhook.test.v1", (string)receiver.Events[^1]["type"]!);
        for (var i = 2; i < 10; i++)
            await CreateAsync(receiver);
        var (refused, problem) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/webhooks", $$"""{"url":"{{receiver.Url}}"}""");
        Assert.Equal(HttpStatusCode.Conflict, refused);
        Assert.Contains("at most", problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(10, (await _rig.GetAsync("/admin/v1/webhooks")).Body["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task Without_a_feed_there_are_no_webhooks()
    {
        await using var rig = new BillingRig();
        await rig.StartAsync();
        var (status, problem) = await rig.SendAsync(HttpMethod.Post, "/admin/v1/webhooks", """{"url":"https://hooks.example.com/"}""");
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("GATEWAY_EVENT_FEED", problem.ToJsonString(), StringComparison.Ordinal);
    }

    private static string Path(JsonNode webhook) => $"/admin/v1/webhooks/{webhook["id"]}";

    private static string Signature(string secret, Delivery delivery) => "v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{delivery.Id}.{delivery.Timestamp}.{delivery.Body}")));

    private async Task<Receiver> ReceiverAsync(Func<Delivery, int>? answer = null)
    {
        var receiver = new Receiver(await TestApp.StartAsync(null)) { Answer = answer ?? (_ => 200) };
        _receivers[receiver.Url] = receiver;
        return receiver;
    }

    private async Task<JsonNode> CreateAsync(Receiver receiver, string more = "")
    {
        var (status, webhook) = await _rig.SendAsync(HttpMethod.Post, "/admin/v1/webhooks", $$"""{"url":"{{receiver.Url}}"{{more}}}""");
        Assert.True(status == HttpStatusCode.Created, webhook.ToJsonString());
        Assert.StartsWith("whsec_", (string)webhook["secret"]!, StringComparison.Ordinal);
        return webhook;
    }

    private Task DeliverAsync(string key, string request) => DeliverAsync(BillingRig.Event(request, key, _time.Now));

    private async Task DeliverAsync(UsageEvent e)
    {
        var (_, body) = await _rig.SendAsync(HttpMethod.Post, InternalRoutes.UsageEvents, Encoding.UTF8.GetString(UsageJson.Write(e)));
        Assert.Equal("SUCCESS", (string)body["status"]!);
    }

    /// <summary>Comes around by itself every five seconds, too.</summary>
    private async Task RemindAsync(JsonNode webhook)
    {
        const string Reminder = """{"dueTime":"0h0m5s0ms","period":"0h0m5s0ms","data":""}""";
        Assert.Equal(HttpStatusCode.OK, (await _rig.SendAsync(HttpMethod.Put, $"/actors/Webhook/{webhook["id"]}/method/remind/send", Reminder)).Status);
    }

    private async Task<JsonNode> StatusAsync(JsonNode webhook, Func<JsonNode, bool> condition)
    {
        JsonNode status = null!;
        await BillingRig.UntilAsync(async () => condition(status = (await _rig.GetAsync(Path(webhook))).Body["status"]!));
        return status;
    }

    private async Task DeliveredAsync(JsonNode webhook, int events)
    {
        await RemindAsync(webhook);
        await StatusAsync(webhook, s => (long)s["delivered"]! >= events);
    }

    private sealed record Delivery(string Id, long Timestamp, string Signature, string ContentType, string Body, int Status)
    {
        public JsonArray Events => JsonNode.Parse(Body)!.AsArray();
    }

    private sealed class Receiver
    {
        private readonly ConcurrentQueue<Delivery> _seen = new();

        public Receiver(TestApp app)
        {
            App = app;
            app.On("/stream/hook", TakeAsync);
        }

        public TestApp App { get; }

        public string Url => new Uri(App.Address, "/stream/hook").ToString();

        public Func<Delivery, int> Answer { get; set; } = _ => 200;

        public string? Location { get; set; }

        public Task Wait { get; set; } = Task.CompletedTask;

        public List<Delivery> Seen => [.. _seen];

        public List<Delivery> Taken => Seen.FindAll(d => d.Status == 200);

        public List<JsonNode> Events => [.. Taken.SelectMany(d => d.Events.Select(e => e!))];

        private async Task TakeAsync(HttpContext context)
        {
            var headers = context.Request.Headers;
            using var reader = new StreamReader(context.Request.Body);
            var delivery = new Delivery(
                headers["webhook-id"]!, long.Parse(headers["webhook-timestamp"]!), headers["webhook-signature"]!, context.Request.ContentType!,
                await reader.ReadToEndAsync(), 0);
            var status = Answer(delivery);
            _seen.Enqueue(delivery with { Status = status });
            await Wait;
            context.Response.StatusCode = status;
            if (Location is not null)
                context.Response.Headers.Location = Location;
        }
    }
}
