using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Hosting.Leases;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.EndToEnd;

/// <summary>Limits and budgets are exact, however many requests come at once and through however many front doors.</summary>
public sealed class QuotaTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Requests_per_minute_admit_exactly_the_limit_and_say_when_to_come_back()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { name = "rpm", limits = new { requestsPerMinute = 5 } });
        var statuses = await ParallelAsync(12, _ => _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key)));
        Assert.Equal(5, statuses.Count(s => s == HttpStatusCode.OK));
        Assert.Equal(7, statuses.Count(s => s == HttpStatusCode.TooManyRequests));
        using var refused = await _gateway.SendAsync(TestGateway.Messages("demo/echo", true, key: key));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(int.Parse(refused.Headers.GetValues("retry-after").Single(), CultureInfo.InvariantCulture), 1, 60);
        Assert.Equal("5", refused.Headers.GetValues("anthropic-ratelimit-requests-limit").Single());
        Assert.Equal("0", refused.Headers.GetValues("anthropic-ratelimit-requests-remaining").Single());
        Assert.Contains("5 requests per minute", await MessageAsync(refused, "rate_limit_error"));
    }

    [Fact]
    public async Task Two_hundred_requests_through_three_front_doors_admit_exactly_fifty()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "shared", limits = new { requestsPerMinute = 50 } });
        await using var second = await _gateway.OpenDoorAsync();
        await using var third = await _gateway.OpenDoorAsync();
        var doors = new[] { _gateway.Url, second.Urls.First(), third.Urls.First() };
        using var client = new HttpClient();
        var clock = Stopwatch.StartNew();
        var statuses = await ParallelAsync(200, i =>
        {
            var request = TestGateway.Messages("demo/echo", i % 2 == 0, key: key);
            request.RequestUri = new Uri(doors[i % 3] + "/v1/messages");
            return client.SendAsync(request);
        });
        // A slice that another door holds unused is given back within seconds; until then fewer may pass, never more.
        // The bucket fills at its own pace meanwhile.
        var passed = statuses.Count(s => s == HttpStatusCode.OK);
        Assert.InRange(passed, 1, 50 + (int)(clock.Elapsed.TotalMinutes * 50));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        while (passed < 50)
        {
            using var more = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key), limit.Token);
            if (more.StatusCode == HttpStatusCode.OK)
                passed++;
            else
                await Task.Delay(100, limit.Token);
        }

        await _gateway.UsageAsync(id, passed);
    }

    [Fact]
    public async Task Concurrent_requests_are_counted_while_they_run()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { name = "two", limits = new { concurrentRequests = 2 } });
        var gate = new Gate();
        _gateway.Upstream.Always(r => r.Text.Contains("slow"), _ => Streams.Opening(true).At(gate).Closing(true));
        using var first = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "slow", key));
        using var second = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "slow", key));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        using (var third = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key)))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
            Assert.Contains("2 requests at the same time", await MessageAsync(third, "rate_limit_error"));
        }

        gate.Release(2);
        await first.Content.ReadAsStringAsync();
        await second.Content.ReadAsStringAsync();
        await UntilAsync(async () =>
        {
            using var again = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key));
            return again.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_hundred_parallel_streams_never_overspend_a_strict_budget()
    {
        // Each answer costs 0.000603 USD: 10 of them fit in 0.00603. A request may cost more than that, so it is reserved with more.
        const decimal budget = 0.02m;
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "strict", budget = new { amount = budget, period = "day", enforcement = "strict" } });
        _gateway.Upstream.Always(r => r.Text.Contains("spend"), _ => Streams.Opening(true).Closing(true));
        var admitted = 0;
        for (var round = 0; round < 3; round++)
        {
            var statuses = await ParallelAsync(100, _ => _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "spend", key)));
            Assert.All(statuses, s => Assert.Contains(s, new[] { HttpStatusCode.OK, HttpStatusCode.PaymentRequired, HttpStatusCode.TooManyRequests }));
            admitted += statuses.Count(s => s == HttpStatusCode.OK);
            var totals = await _gateway.UsageAsync(id, admitted);
            Assert.InRange(decimal.Parse(totals.GetProperty("cost").GetString()!, CultureInfo.InvariantCulture), 0.000603m, budget);
        }

        Assert.InRange(admitted, 10, 33);
    }

    [Fact]
    public async Task Rule_E126_a_spent_budget_is_a_402_that_clients_do_not_repeat_and_says_what_is_left()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { name = "poor", budget = new { amount = 0.0001m, period = "month", enforcement = "strict" } });
        using var refused = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, key: key));
        Assert.Equal(HttpStatusCode.PaymentRequired, refused.StatusCode);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());
        var message = await MessageAsync(refused, "billing_error");
        foreach (var part in new[] { "monthly budget", "0.0001 USD", "is left", "resets at" })
            Assert.Contains(part, message);
    }

    [Fact]
    public async Task A_soft_budget_reserves_the_expected_cost_only()
    {
        // 60,000 output tokens at most are 0.90 USD; the usual 1,024 are not.
        foreach (var (enforcement, expected) in new[] { ("strict", HttpStatusCode.PaymentRequired), ("soft", HttpStatusCode.OK) })
        {
            var (_, key) = await _gateway.CreateKeyAsync(new { name = enforcement, budget = new { amount = 0.5m, period = "total", enforcement } });
            _gateway.Upstream.Script(r => r.Text.Contains("soft-" + enforcement), Answer.Json(Streams.WholeMessage));
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "soft-" + enforcement, key, maxTokens: 60_000));
            Assert.Equal(expected, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_failed_request_gives_its_reservation_back()
    {
        // Room for one reservation at a time: (bytes x 6 + 100 x 15) / 1,000,000, about 0.0025 USD.
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "refund", budget = new { amount = 0.003m, period = "total", enforcement = "strict" } });
        _gateway.Upstream.Always(
            r => r.Text.Contains("refund"), _ => Answer.Json("""{"type":"error","error":{"type":"invalid_request_error","message":"no"}}""", 400));
        for (var i = 0; i < 10; i++)
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "refund", key));
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }

        var totals = await _gateway.UsageAsync(id, 10);
        Assert.Equal(0m, decimal.Parse(totals.GetProperty("cost").GetString()!, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task In_steady_state_no_request_waits_for_an_actor()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new
        {
            name = "steady",
            limits = new { requestsPerMinute = 100_000, inputTokensPerMinute = 100_000_000, outputTokensPerMinute = 100_000_000, concurrentRequests = 500 },
            budget = new { amount = 1_000_000, period = "month", enforcement = "strict" },
        });
        await using var door = await _gateway.OpenDoorAsync();
        var counters = door.Services.GetRequiredService<LeaseCounters>();
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.First()) };
        _gateway.Upstream.Always(r => r.Text.Contains("steady"), _ => Answer.Json(Streams.WholeMessage));
        // Steady: a pace, kept for some seconds. The first of them is when the slices find their size.
        for (var i = 0; i < 50; i++)
            await SendAsync();
        var (waits, calls) = (counters.Waits, counters.Calls);
        for (var i = 0; i < 150; i++)
            await SendAsync();
        Assert.Equal(waits, counters.Waits);
        Assert.InRange(counters.Calls - calls, 0, 50);

        async Task SendAsync()
        {
            using var response = await client.SendAsync(TestGateway.Messages("claude-test-4.5", false, "steady", key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await Task.Delay(20);
        }
    }

    [Theory]
    [InlineData("drain", 20, false)]
    [InlineData("estimate", 5, false)]
    [InlineData("void", 5, true)]
    public async Task Rule_F8_a_client_that_leaves_is_billed_by_its_keys_policy(string policy, long outputTokens, bool free)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = policy, onDisconnect = policy });
        var gate = new Gate();
        // 20 bytes of text: 5 tokens by estimate, 20 by the provider's word.
        var answer = Streams.Opening(true).Words(true, "fifteen letters").At(gate).Closing(true);
        _gateway.Upstream.Script(r => r.Text.Contains("leave-" + policy), answer);
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, "leave-" + policy, key)))
        {
            using var events = await ClientStream.OpenAsync(response);
            while ((await events.NextAsync())!.Value.Data.Contains("fifteen") is false)
            {
            }
        }

        await Task.Delay(200);
        gate.Release();
        var totals = await _gateway.UsageAsync(id, 1);
        Assert.Equal(outputTokens, totals.GetProperty("output_tokens").GetInt64());
        Assert.Equal(free, decimal.Parse(totals.GetProperty("cost").GetString()!, CultureInfo.InvariantCulture) == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_F6_what_the_provider_says_it_cost_is_kept_beside_our_own_reckoning(bool stream)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "reported" });
        const string usage = "\"usage\":{\"prompt_tokens\":110,\"completion_tokens\":20,\"cost\":0.00042}";
        var answer = stream
            ? Streams.Opening(false).Data(Streams.Chunk("{}", "\"stop\"")).Data($$"""{"id":"c1","choices":[],{{usage}}}""").Data("[DONE]")
            : Answer.Json(
                $$"""{"id":"c1","object":"chat.completion","model":"gpt-test","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}"""
                + $$""","finish_reason":"stop"}],{{usage}}}""");
        _gateway.Upstream.Script(r => r.Text.Contains("reported"), answer);
        using var response = await _gateway.SendAsync(TestGateway.Messages("translated/model", stream, "reported", key));
        await response.Content.ReadAsStringAsync();
        await _gateway.UsageAsync(id, 1);
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal("0.00042", e.GetProperty("provider_cost").GetString());
        // 110 x 3 + 20 x 15, by our price
        Assert.Equal("0.00063", e.GetProperty("cost").GetProperty("amount").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Contract_C8_a_key_may_ask_for_the_other_gateways_usage_names(bool stream)
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { name = "extended", extendedUsage = true });
        _gateway.Upstream.Script(r => r.Text.Contains("extended"), stream ? Streams.Opening(true).Closing(true) : Answer.Json(Streams.WholeMessage));
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", stream, "extended", key));
        var text = await response.Content.ReadAsStringAsync();
        var json = stream ? text.Split('\n').Single(l => l.StartsWith("data: {\"type\":\"message_delta\""))[6..] : text;
        var usage = JsonDocument.Parse(json).RootElement.GetProperty("usage");
        Assert.Equal(130, usage.GetProperty("total_tokens").GetInt64());
        Assert.Equal(10, usage.GetProperty("cache_read_tokens").GetInt64());
        Assert.Equal(0.000603m, usage.GetProperty("cost").GetDecimal());
        Assert.Equal(20, usage.GetProperty("output_tokens").GetInt64());
    }

    [Theory]
    [InlineData("closed", HttpStatusCode.ServiceUnavailable)]
    [InlineData("open", HttpStatusCode.OK)]
    public async Task Rule_F25_while_accounts_cannot_be_reached_limited_keys_pass_or_not_as_configured(string setting, HttpStatusCode expected)
    {
        var (_, limited) = await _gateway.CreateKeyAsync(new { name = "limited", limits = new { requestsPerMinute = 100 } });
        await using var halfSidecar = await SidecarProxy.StartAsync(_gateway.Local.SidecarOf(AppIds.Ingress), SidecarProxy.NoActors);
        await using var door = await _gateway.OpenDoorAsync(halfSidecar.Url, $"--GATEWAY_QUOTA_UNAVAILABLE={setting}");
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.First()) };
        using var response = await client.SendAsync(TestGateway.Messages("demo/echo", false, key: limited));
        Assert.Equal(expected, response.StatusCode);
        using var unlimited = await client.SendAsync(TestGateway.Messages("demo/echo", false));
        Assert.Equal(HttpStatusCode.OK, unlimited.StatusCode);
    }

    [Fact]
    public async Task While_calls_to_accounts_hang_leases_in_hand_go_on_and_others_are_told_within_seconds()
    {
        // As while Dapr's placement is away: a call gets no answer until it is back.
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hangs = false;
        await using var sidecar = await SidecarProxy.StartAsync(_gateway.Local.SidecarOf(AppIds.Ingress), async context =>
        {
            if (Volatile.Read(ref hangs) && context.Request.Path.Value!.Contains("/actors/", StringComparison.Ordinal))
                await back.Task.WaitAsync(context.RequestAborted);
            return false;
        });
        await using var door = await _gateway.OpenDoorAsync(sidecar.Url, "--GATEWAY_ACTOR_WAIT_SECONDS=2");
        using var client = new HttpClient { BaseAddress = new Uri(door.Urls.First()), Timeout = TestGateway.Timeout };
        var (_, known) = await _gateway.CreateKeyAsync(new { name = "known", limits = new { requestsPerMinute = 100_000 } });
        var (_, other) = await _gateway.CreateKeyAsync(new { name = "other", limits = new { requestsPerMinute = 100_000 } });
        // The first lease may take its time on a machine that is busy.
        await UntilAsync(async () =>
        {
            using var response = await client.SendAsync(TestGateway.Messages("demo/echo", false, key: known));
            return response.StatusCode == HttpStatusCode.OK;
        });

        Volatile.Write(ref hangs, true);
        using (var response = await client.SendAsync(TestGateway.Messages("demo/echo", false, key: known)))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var clock = Stopwatch.StartNew();
        using (var response = await client.SendAsync(TestGateway.Messages("demo/echo", false, key: other)))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
            Assert.True(response.Headers.Contains("retry-after"));
            Assert.Contains("Try again", await response.Content.ReadAsStringAsync());
        }

        // It was ten seconds.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.FromSeconds(9));
        Volatile.Write(ref hangs, false);
        back.SetResult();
        await UntilAsync(async () =>
        {
            using var response = await client.SendAsync(TestGateway.Messages("demo/echo", false, key: other));
            return response.StatusCode == HttpStatusCode.OK;
        });
    }

    private static async Task<List<HttpStatusCode>> ParallelAsync(int count, Func<int, Task<HttpResponseMessage>> send)
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, count).Select(async i =>
        {
            using var response = await send(i);
            await response.Content.ReadAsStringAsync();
            return response.StatusCode;
        }));
        return [.. statuses];
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (!await condition())
            await Task.Delay(50, limit.Token);
    }

    private static async Task<string> MessageAsync(HttpResponseMessage response, string type)
    {
        var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal(type, error.GetProperty("type").GetString());
        return error.GetProperty("message").GetString()!;
    }
}
