using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Budgets and limits by model, group of models and provider, through two front doors of one gateway.</summary>
public sealed class RuleTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const decimal Cost = 0.000603m;

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData("model", "native/model-4.5", "model native/model-4.5")]
    [InlineData("model", null, "model native/model-4.5")]
    [InlineData("group:rules-of-{0}", null, "model group rules-of-")]
    [InlineData("provider", "anthropic", "provider anthropic")]
    [InlineData("tag:project", "search", "tag project=search")]
    [InlineData("tag:project", null, "tag project=search")]
    [InlineData("user", "ada", "user ada")]
    [InlineData("user", null, "user ")]
    public async Task No_rule_is_overspent_by_a_cent_whoever_of_its_scope_asks_at_whichever_door(string by, string? value, string says)
    {
        var marker = "rule" + Guid.NewGuid().ToString("N")[..12];
        by = string.Format(CultureInfo.InvariantCulture, by, marker);
        if (by.StartsWith("group:", StringComparison.Ordinal))
            await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/access-groups", new { name = by[6..], models = new[] { "claude-test-4-5", "demo/echo" } });
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));
        var rule = await RuleAsync(new { scope = team, by, value, budget = new { amount = 0.02m, period = "day" } });
        var keys = new[] { await _gateway.CreateKeyAsync(new { teamId = team }), await _gateway.CreateKeyAsync(new { teamId = team }) };
        _gateway.Upstream.Always(r => r.Text.Contains(marker), _ => Streams.Opening(true).Closing(true));
        await using var second = await _gateway.OpenDoorAsync();
        string[] doors = [_gateway.Url, second.Urls.First()];
        var admitted = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 30 }, async (i, ct) =>
        {
            using var response = await _gateway.SendAsync(Request(keys[i / 2 % 2].Key, doors[i % 2], "claude-test-4-5", marker, "search", "ada"), ct);
            var text = await response.Content.ReadAsStringAsync(ct);
            if (response.StatusCode == HttpStatusCode.OK)
                Interlocked.Increment(ref admitted);
            else
                Assert.True(text.Contains($"The daily budget of {says}", StringComparison.Ordinal), text);
        });
        Assert.InRange(admitted, 1, 60);

        // What has settled is what was admitted, and nothing is held any more.
        var account = await AccountAsync(rule, a => Money(a, "spent") == admitted * Cost && Money(a, "held") == 0);
        Assert.True(Money(account, "spent") <= 0.02m);
        Assert.Equal(
            admitted, (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/rules/{rule}/usage")).GetProperty("totals").GetProperty("requests").GetInt32());
        // What has nothing to do with it, by any of the others.
        _gateway.Upstream.Always(r => r.Text.Contains("of no rule"), _ => Streams.Opening(false).Closing(false));
        using var other = await _gateway.SendAsync(Request(keys[0].Key, doors[1], "translated/model", "of no rule", "ads", "bob"));
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);

        var held = (await OwnAsync(keys[1].Key)).GetProperty("rules")[0];
        Assert.Equal((team, by), (held.GetProperty("scope").GetString(), held.GetProperty("by").GetString()));
        Assert.Equal(value is not null || by[0] == 'g', held.TryGetProperty("status", out _));
    }

    [Fact]
    public async Task A_provider_whose_rule_has_nothing_left_is_passed_over_and_only_who_answers_is_settled_with()
    {
        var team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));
        var limits = new { concurrentRequests = 1, requestsPerMinute = 1000 };
        var rule = await RuleAsync(new { scope = team, by = "provider", limits, budget = new { amount = 10, period = "month" } });
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team });
        await using var door = await _gateway.OpenDoorAsync();
        string[] doors = [_gateway.Url, door.Urls.First()];
        var gate = new Gate();
        _gateway.Upstream.Always(r => r.Text.Contains("passed over"), _ => Streams.Opening(true).At(gate).Closing(true));
        _gateway.Second.Always(r => r.Text.Contains("passed over"), _ => Streams.Opening(true).At(gate).Closing(true));
        var open = new List<HttpResponseMessage>();
        foreach (var provider in new[] { "anthropic", "anthropic2" })
        {
            open.Add(await SendAsync(doors[open.Count], key));
            Assert.Equal((HttpStatusCode.OK, provider), (open[^1].StatusCode, open[^1].Headers.GetValues("gateway-provider").Single()));
        }

        foreach (var address in doors)
        {
            using var refused = await SendAsync(address, key);
            Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
            Assert.Contains("The limit of provider anthropic is reached: 1 requests at the same time", await refused.Content.ReadAsStringAsync());
        }

        gate.Release(2);
        foreach (var response in open)
        {
            Assert.Contains("message_stop", await response.Content.ReadAsStringAsync());
            response.Dispose();
        }

        await _gateway.UsageAsync(id, 2);
        foreach (var provider in new[] { "anthropic", "anthropic2" })
        {
            var account = await AccountAsync(rule, a => Money(a, "held") == 0 && Slots(a) == 0, provider);
            Assert.Equal(Cost, Money(account, "spent"));
        }

        async Task<HttpResponseMessage> SendAsync(string address, string key)
        {
            var request = TestGateway.Messages("native/fallback", true, "passed over", key);
            request.RequestUri = new Uri(address + "/v1/messages");
            return await _gateway.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_request_takes_its_place_along_when_the_next_provider_serves_it()
    {
        var rule = await RuleAsync(
            new { scope = await TeamAsync(), by = "provider", limits = new { concurrentRequests = 5 }, budget = new { amount = 10 } });
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = _team });
        _gateway.Upstream.Always(
            r => r.Text.Contains("along"), _ => Answer.Json("""{"type":"error","error":{"type":"overloaded_error","message":"no"}}""", 529));
        _gateway.Second.Always(r => r.Text.Contains("along"), _ => Streams.Opening(true).Closing(true));
        using var response = await _gateway.SendAsync(TestGateway.Messages("priced/fallback", true, "along", key));
        Assert.Equal("anthropic2", response.Headers.GetValues("gateway-provider").Single());
        await response.Content.ReadAsStringAsync();
        var cost = decimal.Parse((await _gateway.UsageAsync(id, 1)).GetProperty("cost").GetString()!, CultureInfo.InvariantCulture);
        var second = await AccountAsync(rule, a => Money(a, "spent") == cost && Money(a, "held") == 0 && Slots(a) == 0, "anthropic2");
        // The one that failed was asked, which counts there, and holds nothing.
        var first = await AccountAsync(rule, a => Money(a, "held") == 0 && Slots(a) == 0, "anthropic");
        Assert.Equal(0, Money(first, "spent"));
        var accounts = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0].GetProperty("accounts");
        Assert.Equal(
            [id, _team, second.GetProperty("accountId").GetString()], accounts.EnumerateArray().Select(account => account.GetString()));

        // Where the other provider has no place, the failure of the first is the answer.
        await RuleAsync(new { scope = _team, by = "provider", value = "anthropic2", budget = new { amount = 0.0000001m } });
        await UntilAsync(async () =>
        {
            using var failed = await _gateway.SendAsync(TestGateway.Messages("priced/fallback", true, "along", key));
            return (int)failed.StatusCode == 529;
        });
    }

    [Fact]
    public async Task Counting_tokens_is_held_to_the_counts_of_a_provider_and_goes_to_the_next_one()
    {
        await RuleAsync(new
        {
            scope = await TeamAsync(),
            by = "provider",
            limits = new { tokenCountsPerMinute = 1, requestsPerMinute = 1000 },
            budget = new { amount = 0.0000001m },
        });
        var (_, key) = await _gateway.CreateKeyAsync(new { teamId = _team });
        var isAway = false;
        const string No = """{"type":"error","error":{"type":"overloaded_error","message":"no"}}""";
        foreach (var upstream in new[] { _gateway.Upstream, _gateway.Second })
        {
            upstream.Always(
                r => r.Path.EndsWith("count_tokens") && r.Text.Contains("held count"),
                _ => isAway ? Answer.Json(No, 529) : Answer.Json("""{"input_tokens":42}"""));
        }

        foreach (var provider in new[] { "anthropic", "anthropic2" })
        {
            using var counted = await CountAsync();
            Assert.Equal((HttpStatusCode.OK, provider), (counted.StatusCode, counted.Headers.GetValues("gateway-provider").Single()));
        }

        using var refused = await CountAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Contains("The limit of provider anthropic is reached: 1 token counts per minute", await refused.Content.ReadAsStringAsync());
        Assert.NotEmpty(refused.Headers.GetValues("retry-after"));

        // Where the next provider has no place, the failure of the one before is the answer.
        await RuleAsync(new { scope = await TeamAsync(), by = "provider", value = "anthropic2", limits = new { tokenCountsPerMinute = 1 } });
        (_, key) = await _gateway.CreateKeyAsync(new { teamId = _team });
        isAway = true;
        using var moved = await CountAsync();
        Assert.Equal((529, "anthropic2"), ((int)moved.StatusCode, moved.Headers.GetValues("gateway-provider").Single()));
        using var failed = await CountAsync();
        Assert.Equal((529, "anthropic"), ((int)failed.StatusCode, failed.Headers.GetValues("gateway-provider").Single()));

        Task<HttpResponseMessage> CountAsync() => _gateway.SendAsync(TestGateway.Post(
            "/v1/messages/count_tokens", """{"model":"native/fallback","messages":[{"role":"user","content":"held count"}]}""", key));
    }

    [Fact]
    public async Task A_deleted_rule_holds_nobody_and_a_new_one_everybody_within_five_seconds()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { teamId = await TeamAsync() });
        await using var door = await _gateway.OpenDoorAsync();
        string[] doors = [_gateway.Url, door.Urls.First()];
        await UntilAsync(async () => await StatusesAsync() is [200, 200]);
        var rule = await RuleAsync(new { scope = _team, by = "model", value = "native/*", budget = new { amount = 0.0000001m } });
        await UntilAsync(async () => await StatusesAsync() is [402, 402]);
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/rules/{rule}");
        await UntilAsync(async () => await StatusesAsync() is [200, 200]);

        async Task<int[]> StatusesAsync()
        {
            _gateway.Upstream.Always(r => r.Text.Contains("deleted rule"), _ => Streams.Opening(true).Closing(true));
            var statuses = new List<int>();
            foreach (var address in doors)
            {
                var request = TestGateway.Messages("native/plain", true, "deleted rule", key);
                request.RequestUri = new Uri(address + "/v1/messages");
                using var response = await _gateway.SendAsync(request);
                statuses.Add((int)response.StatusCode);
            }

            return [.. statuses];
        }
    }

    [Fact]
    public async Task Who_leaves_a_tag_out_or_makes_values_up_is_held_by_the_account_that_these_share()
    {
        await using var gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_RULE_VALUES"] = "2" });
        var team = Id(await gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));
        var rule = Id(await gateway.AdminAsync(
            HttpMethod.Post, "/admin/v1/rules", new { scope = team, by = "tag:project", limits = new { requestsPerMinute = 2 } }));
        // The first key of all that is used here: nothing has been read of rules before.
        var (_, key) = await gateway.CreateKeyAsync(new { teamId = team });
        var statuses = new List<int>();
        foreach (var project in new[] { "one", "two", "", "three", "four", "", "one" })
        {
            var request = TestGateway.Messages("demo/echo", false, "Hello", key);
            if (project.Length > 0)
                request.Headers.Add(GatewayHeaders.Tags, "project=" + project);
            using var response = await gateway.SendAsync(request);
            statuses.Add((int)response.StatusCode);
            if (project == "four")
                Assert.Contains("The limit of the further values of tag project is reached: 2 requests per minute", await response.Content.ReadAsStringAsync());
        }

        Assert.Equal([200, 200, 200, 200, 429, 429, 200], statuses);
        var accounts = (await gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/rules/{rule}/accounts")).GetProperty("data").EnumerateArray();
        Assert.Equal(["one", "two", null], accounts.Select(a => a.TryGetProperty("value", out var value) ? value.GetString() : null));
    }

    private string _team = "";

    /// <summary>In force for keys that are used for the first time: what an instance has read of all rules it keeps for half a second.</summary>
    private async Task<string> RuleAsync(object settings)
    {
        var rule = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/rules", settings));
        await Task.Delay(TimeSpan.FromSeconds(0.6));
        return rule;
    }

    private static HttpRequestMessage Request(string key, string door, string model, string marker, string project, string user)
    {
        var request = TestGateway.Post(
            "/v1/messages",
            $$$"""
            {"model":"{{{model}}}","max_tokens":100,"stream":true,"metadata":{"user_id":"{{{user}}}"},"messages":[{"role":"user","content":"{{{marker}}}"}]}
            """,
            key);
        request.RequestUri = new Uri(door + "/v1/messages");
        request.Headers.Add(GatewayHeaders.Tags, "project=" + project);
        return request;
    }

    private async Task<string> TeamAsync() => _team = Id(await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { }));

    private static string Id(JsonElement made) => made.GetProperty("id").GetString()!;

    private static decimal Money(JsonElement account, string what) =>
        decimal.Parse(account.GetProperty("status").GetProperty("budget").GetProperty(what).GetString()!, CultureInfo.InvariantCulture);

    private static int Slots(JsonElement account) => account.GetProperty("status").GetProperty("slotsHeld").GetInt32();

    private async Task<JsonElement> OwnAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key") { Headers = { { "x-api-key", key } } };
        using var answer = await _gateway.SendAsync(request);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>The account of a rule, or of one of its values, once something holds of it.</summary>
    private async Task<JsonElement> AccountAsync(string rule, Func<JsonElement, bool> holds, string? value = null)
    {
        JsonElement found = default;
        await UntilAsync(async () =>
        {
            var accounts = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/rules/{rule}/accounts")).GetProperty("data").EnumerateArray();
            // What says no value comes last.
            found = accounts.FirstOrDefault(a => value is null || (a.TryGetProperty("value", out var v) && v.GetString() == value));
            return found.ValueKind == JsonValueKind.Object && holds(found);
        });
        return found;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!await condition())
            await Task.Delay(50, limit.Token);
    }
}
