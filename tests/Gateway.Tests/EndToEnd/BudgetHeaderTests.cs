using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>How Claude Code learns of a budget: while it lasts, when it gets low, and when it is spent (Claude Code on a gateway, sections 9 and 10).</summary>
public sealed class BudgetHeaderTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private const string Unified = "anthropic-ratelimit-unified-";
    private const string ClaudeCode = "claude-cli/2.1.332 (external, cli)";

    /// <summary>Of one answer: 100 input at 3, 10 cached at 0.3 and 20 output at 15 USD a million.</summary>
    private const decimal Cost = 0.000603m;

    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(0.0100, "0.06", null, "allowed")]
    [InlineData(0.00075, "0.8", "0.75", "allowed_warning")]
    [InlineData(0.00062, "0.97", "0.95", "allowed_warning")]
    [InlineData(0.0006031, "0.99", "0.95", "allowed_warning")]
    public async Task An_answer_says_how_much_of_the_budget_is_used(double amount, string utilization, string? threshold, string status)
    {
        // What a request may cost does not matter here, what it has cost does.
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 100m, period = "month", enforcement = "soft" } });
        await SpendOnceAsync(id, key);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount, maxReservation = 0.0000001m } });
        foreach (var stream in new[] { true, false })
        {
            using var response = await UntilAsync(key, stream, r => Header(r, "overage-utilization") == utilization);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(
                (status, status, "overage", threshold),
                (Header(response, "status"), Header(response, "overage-status"), Header(response, "representative-claim"),
                    Header(response, "overage-surpassed-threshold")));
            Assert.Equal((NextMonth, NextMonth), (Header(response, "reset"), Header(response, "overage-reset")));
            Assert.Null(Header(response, "overage-disabled-reason"));
        }
    }

    [Fact]
    public async Task Of_several_budgets_the_one_that_is_used_most_is_told()
    {
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { budget = new { amount = 100m, period = "day" } })).GetProperty("id");
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team, budget = new { amount = 1000m, period = "total" } });
        await SpendOnceAsync(id, key);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount = 0.001m, maxReservation = 0.0000001m } });
        using var response = await UntilAsync(key, false, r => Header(r, "overage-utilization") == "0.6");
        // A budget in total has no reset.
        Assert.Null(Header(response, "reset"));
    }

    [Fact]
    public async Task Without_a_budget_on_an_error_and_on_a_count_there_is_nothing_of_the_kind()
    {
        using (var response = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false)))
            AssertNone(response);
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 1m, period = "day" } });
        _gateway.Upstream.Always(
            r => r.Text.Contains(id), _ => Answer.Json("""{"type":"error","error":{"type":"rate_limit_error","message":"busy"}}""", 429));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, id, key)))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            AssertNone(response);
        }

        using (var response = await _gateway.SendAsync(
            TestGateway.Post("/v1/messages/count_tokens", """{"model":"demo/echo","messages":[{"role":"user","content":"x"}]}""", key)))
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            AssertNone(response);
        }
    }

    [Theory]
    [InlineData("day", "daily", false)]
    [InlineData("week", "weekly", true)]
    [InlineData("month", "monthly", true)]
    [InlineData("total", null, false)]
    public async Task A_spent_budget_is_told_to_Claude_Code_in_its_own_form(string period, string? name, bool shared)
    {
        var budget = new { amount = 0.0001m, period, enforcement = "strict" };
        var team = shared ? (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { budget })).GetProperty("id").GetString() : null;
        var (_, key) = await _gateway.CreateKeyAsync(shared ? new { teamId = team } : (object)new { budget });
        using var refused = await _gateway.SendAsync(AsClaudeCode("claude-test-4.5", true, "spent", key));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());
        Assert.Equal(
            ("rejected", "1", "1", name, shared ? "group_pool" : null, "org_spend_cap_reached"),
            (Header(refused, "status"), Header(refused, "overage-utilization"), Header(refused, "overage-surpassed-threshold"),
                Header(refused, "overage-period"), Header(refused, "overage-scope"), Header(refused, "overage-disabled-reason")));
        Assert.Null(Header(refused, "representative-claim"));
        Assert.Null(Header(refused, "overage-status"));
        var error = JsonDocument.Parse(await refused.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
        Assert.Equal("billing_error", error.GetProperty("type").GetString());
        var message = error.GetProperty("message").GetString()!;
        Assert.Contains(shared ? "budget of the team" : "budget of this API key", message);
        Assert.Contains("/model", message);
        if (name is null)
        {
            Assert.Null(refused.Headers.RetryAfter);
            Assert.Null(Header(refused, "reset"));
            return;
        }

        Assert.Contains($"{name} budget", message);
        Assert.Contains("It resets at", message);
        var reset = DateTimeOffset.FromUnixTimeSeconds(long.Parse(Header(refused, "reset")!, CultureInfo.InvariantCulture));
        Assert.Equal(Header(refused, "reset"), Header(refused, "overage-reset"));
        Assert.InRange((DateTimeOffset.UtcNow + refused.Headers.RetryAfter!.Delta!.Value - reset).TotalSeconds, -2, 5);
    }

    [Fact]
    public async Task A_spent_budget_says_how_far_it_is_spent()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { budget = new { amount = 100m, period = "day", enforcement = "strict" } });
        await SpendOnceAsync(id, key);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { budget = new { amount = 0.0003m } });
        // What the front door has at hand of the larger budget goes back when it is idle.
        await Task.Delay(TimeSpan.FromSeconds(3));
        using var refused = await UntilAsync(key, false, r => r.StatusCode == HttpStatusCode.TooManyRequests, "claude-test-4.5");
        Assert.Equal("2.01", Header(refused, "overage-utilization"));
    }

    private static string NextMonth
    {
        get
        {
            var now = DateTime.UtcNow;
            var next = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero).AddMonths(1);
            return next.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        }
    }

    private async Task SpendOnceAsync(string id, string key)
    {
        _gateway.Upstream.Always(r => r.Text.Contains(id) && r.Text.Contains("spend"), _ => Answer.Json(Streams.WholeMessage));
        using (var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, "spend " + id, key)))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await _gateway.UsageAsync(id, 1);
        var spent = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/status")).GetProperty("status").GetProperty("budget").GetProperty("spent");
        Assert.Equal(Cost, decimal.Parse(spent.GetString()!, CultureInfo.InvariantCulture));
    }

    /// <summary>Asks until the front door has heard of the account what it should; by itself a model that costs nothing.</summary>
    private async Task<HttpResponseMessage> UntilAsync(string key, bool stream, Func<HttpResponseMessage, bool> condition, string model = "demo/echo")
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (true)
        {
            var response = await _gateway.SendAsync(AsClaudeCode(model, stream, "spent", key));
            if (condition(response))
                return response;
            response.Dispose();
            await Task.Delay(100, limit.Token);
        }
    }

    private static HttpRequestMessage AsClaudeCode(string model, bool stream, string content, string key)
    {
        var request = TestGateway.Messages(model, stream, content, key);
        request.Headers.TryAddWithoutValidation("User-Agent", ClaudeCode);
        return request;
    }

    private static void AssertNone(HttpResponseMessage response) =>
        Assert.DoesNotContain(response.Headers, h => h.Key.StartsWith(Unified, StringComparison.OrdinalIgnoreCase));

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(Unified + name, out var values) ? values.Single() : null;
}
