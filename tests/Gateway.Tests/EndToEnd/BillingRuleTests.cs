using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Rules of metering and money that only show from the client's end to the account's.</summary>
public sealed class BillingRuleTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Fact]
    public async Task Rule_F14_counting_tokens_takes_of_its_own_limit_only_and_is_no_usage()
    {
        var (id, key) = await _gateway.CreateKeyAsync(
            new
            {
                limits = new { requestsPerMinute = 1, tokenCountsPerMinute = 100, inputTokensPerMinute = 1, concurrentRequests = 1 },
                budget = new { amount = 0.000001m, period = "total" },
            });
        _gateway.Upstream.Always(r => r.Path.EndsWith("count_tokens") && r.Text.Contains("rule-f14"), _ => Answer.Json("""{"input_tokens":42}"""));
        var statuses = await Task.WhenAll(Enumerable.Range(0, 25).Select(async _ =>
        {
            using var response = await _gateway.SendAsync(
                TestGateway.Post("/v1/messages/count_tokens", """{"model":"claude-test-4.5","messages":[{"role":"user","content":"rule-f14"}]}""", key));
            return response.StatusCode;
        }));
        Assert.All(statuses, s => Assert.Equal(HttpStatusCode.OK, s));
        await _gateway.UsageAsync(id, 0);
        var status = await StatusAsync(_gateway, id);
        Assert.Equal(
            (1, 0, 0m),
            (status.GetProperty("requests").GetProperty("remaining").GetInt32(), status.GetProperty("slotsHeld").GetInt32(), Money(status, "held")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_F21_a_provider_that_is_down_ten_times_leaves_the_balance_as_it_was(bool stream)
    {
        // A gateway of its own: these providers count as down afterwards.
        await using var gateway = await TestGateway.StartAsync();
        // Room for one reservation of about 0.0025 USD at a time.
        var (id, key) = await gateway.CreateKeyAsync(new { budget = new { amount = 0.003m, period = "total", enforcement = "strict" } });
        gateway.Upstream.Always(r => r.Text.Contains("rule-f21"), _ => Answer.Json("""{"type":"error","error":{"type":"api_error","message":"down"}}""", 500));
        gateway.Second.Always(
            r => r.Text.Contains("rule-f21"), _ => Answer.Json("""{"type":"error","error":{"type":"api_error","message":"down too"}}""", 500));
        for (var i = 0; i < 10; i++)
        {
            using var response = await gateway.SendAsync(TestGateway.Messages("native/fallback", stream, "rule-f21", key));
            Assert.Contains((int)response.StatusCode, new[] { 500, 502, 503, 529 });
        }

        await gateway.UsageAsync(id, 10);
        await UntilAsync(gateway, id, s => Money(s, "held") == 0);
        Assert.Equal(0m, Money(await StatusAsync(gateway, id), "spent"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_F22_the_route_that_answered_sets_the_price_and_is_named(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        var marker = "rule-f22-" + stream;
        _gateway.Upstream.Always(
            r => r.Text.Contains(marker), _ => Answer.Json("""{"type":"error","error":{"type":"overloaded_error","message":"busy"}}""", 529));
        _gateway.Second.Always(r => r.Text.Contains(marker), _ => stream ? Streams.Opening(true).Closing(true) : Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("priced/fallback", stream, marker, key));
        await response.Content.ReadAsStringAsync();
        Assert.Equal("anthropic2", response.Headers.GetValues("gateway-provider").Single());
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        // (100 x 1 + 10 x 0.5 + 20 x 2) / 1,000,000
        Assert.Equal("0.000145", e.GetProperty("cost").GetProperty("amount").GetString());
        Assert.Equal(2, e.GetProperty("cost").GetProperty("price").GetProperty("perMillion").GetProperty("output").GetDecimal());
        Assert.Equal(
            ("priced/fallback", "anthropic2", "claude-b"),
            (e.GetProperty("model").GetString(), e.GetProperty("provider").GetString(), e.GetProperty("upstream_model").GetString()));
        Assert.True(e.GetProperty("attempts").GetInt32() >= 2);
    }

    [Fact]
    public async Task Rule_F18_a_route_that_failed_is_on_record_with_what_it_used_and_is_not_charged()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(
            r => r.Text.Contains("rule-f18"),
            _ => Answer.Json(
                """{"choices":[{"index":0,"message":{"content":"Hel"},"finish_reason":"error"}],"usage":{"prompt_tokens":900,"completion_tokens":33}}"""));
        _gateway.Second.Always(r => r.Text.Contains("rule-f18"), _ => Answer.Json(Streams.WholeCompletion));
        using var response = await _gateway.SendAsync(TestGateway.Messages("translated/fallback", false, "rule-f18", key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal(("0.000603", "openai2"), (e.GetProperty("cost").GetProperty("amount").GetString(), e.GetProperty("provider").GetString()));
        var failed = Assert.Single(e.GetProperty("failed_routes").EnumerateArray());
        Assert.Equal(
            ("openai", "gpt-a", "api_error"),
            (failed.GetProperty("provider").GetString(), failed.GetProperty("upstream_model").GetString(), failed.GetProperty("error_type").GetString()));
        // (900 x 3 + 33 x 15) / 1,000,000
        Assert.Equal(
            (900, "0.003195"),
            (failed.GetProperty("usage").GetProperty("input_tokens").GetInt32(), failed.GetProperty("cost").GetProperty("amount").GetString()));
    }

    [Fact]
    public async Task Rule_F27_a_cap_on_what_one_request_reserves_lets_large_max_tokens_pass()
    {
        foreach (var (cap, expected) in new (decimal?, HttpStatusCode)[] { (null, HttpStatusCode.PaymentRequired), (0.1m, HttpStatusCode.OK) })
        {
            var (id, key) = await _gateway.CreateKeyAsync(
                new { budget = new { amount = 0.5m, period = "total", enforcement = "strict", maxReservation = cap } });
            _gateway.Upstream.Always(r => r.Text.Contains("rule-f27"), _ => Answer.Json(Streams.WholeMessage));
            // At most 0.9 USD: 60,000 tokens of output.
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "rule-f27", key, maxTokens: 60_000));
            Assert.Equal(expected, response.StatusCode);
            if (expected != HttpStatusCode.OK)
                continue;
            await _gateway.UsageAsync(id, 1);
            Assert.Equal(0.000603m, Money(await StatusAsync(_gateway, id), "spent"));
        }
    }

    [Fact]
    public async Task Rule_F28_an_answer_that_has_begun_is_finished_over_its_budget_and_the_next_is_refused()
    {
        // The cap reserves less than the answer costs (0.000603), and the budget does not cover it.
        var (id, key) = await _gateway.CreateKeyAsync(
            new { budget = new { amount = 0.0003m, period = "month", enforcement = "strict", maxReservation = 0.0002m } });
        _gateway.Upstream.Always(r => r.Text.Contains("rule-f28"), _ => Streams.Opening(true).Closing(true));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "rule-f28", key)))
            Assert.Contains("message_stop", await response.Content.ReadAsStringAsync());
        await _gateway.UsageAsync(id, 1);
        await UntilAsync(_gateway, id, s => Money(s, "spent") == 0.000603m);
        await UntilRefusedAsync(key);
        Assert.Equal(0.000603m, Money(await StatusAsync(_gateway, id), "spent"));
    }

    [Fact]
    public async Task Rule_F34_an_answer_tells_our_limits_and_the_providers_under_another_name()
    {
        var (_, key) = await _gateway.CreateKeyAsync(
            new { limits = new { requestsPerMinute = 100, inputTokensPerMinute = 10_000, outputTokensPerMinute = 20_000 } });
        _gateway.Upstream.Script(
            r => r.Text.Contains("rule-f34"),
            Answer.Json(Streams.WholeMessage).Header("anthropic-ratelimit-requests-limit", "7").Header("anthropic-ratelimit-requests-remaining", "6"));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "rule-f34", key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            ("100", "10000", "20000"),
            (
                Header("anthropic-ratelimit-requests-limit"), Header("anthropic-ratelimit-input-tokens-limit"),
                Header("anthropic-ratelimit-output-tokens-limit")));
        Assert.Equal("99", Header("anthropic-ratelimit-requests-remaining"));
        Assert.InRange(
            DateTimeOffset.Parse(Header("anthropic-ratelimit-requests-reset"), CultureInfo.InvariantCulture),
            DateTimeOffset.UtcNow.AddSeconds(-5), DateTimeOffset.UtcNow.AddMinutes(2));
        Assert.Equal("7", Header("gateway-upstream-ratelimit-requests-limit"));

        string Header(string name) => response.Headers.GetValues(name).Single();
    }

    [Fact]
    public async Task Rule_F17_an_event_keeps_the_price_it_was_charged_with_when_the_catalog_changes()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (id, key) = await gateway.CreateKeyAsync();
        var catalog = await File.ReadAllTextAsync(gateway.CatalogPath);
        var (asked, amounts) = (0, new List<string>());
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        do
        {
            gateway.Upstream.Script(r => r.Text.Contains("rule-f17"), Answer.Json(Streams.WholeMessage));
            using var response = await gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "rule-f17", key), limit.Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await gateway.UsageAsync(id, ++asked);
            if (asked == 1)
                await File.WriteAllTextAsync(gateway.CatalogPath, catalog.Replace("\"output\": 15", "\"output\": 30", StringComparison.Ordinal), limit.Token);
            else
                await Task.Delay(200, limit.Token);
            var events = (await gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events?limit=1000")).GetProperty("data").EnumerateArray().ToList();
            amounts =
            [
                .. events.Select(
                    e =>
                        $"{e.GetProperty("cost").GetProperty("amount").GetString()} at "
                        + $"{e.GetProperty("cost").GetProperty("price").GetProperty("perMillion").GetProperty("output").GetRawText()}"),
            ];
        }
        while (amounts[^1].EndsWith(" 15", StringComparison.Ordinal));
        Assert.Equal(["0.000603 at 15", "0.000903 at 30"], amounts.Distinct());
    }

    private static decimal Money(JsonElement status, string what) =>
        decimal.Parse(status.GetProperty("budget").GetProperty(what).GetString()!, CultureInfo.InvariantCulture);

    private static async Task<JsonElement> StatusAsync(TestGateway gateway, string id) =>
        (await gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/status")).GetProperty("status");

    private static async Task UntilAsync(TestGateway gateway, string id, Func<JsonElement, bool> holds)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!holds(await StatusAsync(gateway, id)))
            await Task.Delay(50, limit.Token);
    }

    private async Task UntilRefusedAsync(string key)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            // Until the lease has heard of the settlement its money may still be on the way back; it covers no answer more than the cap.
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "refused", key), limit.Token);
            if (response.StatusCode == HttpStatusCode.PaymentRequired)
                return;
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            await Task.Delay(100, limit.Token);
        }
    }
}
