using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Ingress.Endpoints;

namespace Gateway.Tests.EndToEnd;

public sealed class KeyTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_new_key_works_and_a_revoked_one_is_refused_within_five_seconds()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "short" });
        await ExpectAsync(key, HttpStatusCode.OK);
        await _gateway.AdminAsync(HttpMethod.Delete, $"/admin/v1/keys/{id}");
        var revoked = Stopwatch.StartNew();
        while (await StatusAsync(key) != HttpStatusCode.Unauthorized)
        {
            Assert.True(revoked.Elapsed < TimeSpan.FromSeconds(5), "still accepted after five seconds");
            await Task.Delay(50);
        }

        // Without this Claude Code asks for minutes.
        foreach (var wrong in new[] { key, "gw-nobody", null })
        {
            using var refused = await _gateway.SendAsync(TestGateway.Messages("demo/echo", true, key: wrong));
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());
        }
    }

    [Fact]
    public async Task A_key_is_good_until_it_expires()
    {
        var (_, key) = await _gateway.CreateKeyAsync(new { expiresAt = DateTimeOffset.UtcNow.AddSeconds(3) });
        await ExpectAsync(key, HttpStatusCode.OK);
        var made = Stopwatch.StartNew();
        while (await StatusAsync(key) != HttpStatusCode.Unauthorized)
        {
            Assert.True(made.Elapsed < TimeSpan.FromSeconds(10), "still accepted after its time");
            await Task.Delay(50);
        }

        using var refused = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key));
        Assert.Contains("expired", await refused.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Limits_of_a_key_and_of_its_team_change_while_it_is_in_use()
    {
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { limits = new { requestsPerMinute = 10_000 } }))
            .GetProperty("id").GetString();
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team, limits = new { requestsPerMinute = 1 } });
        await ExpectAsync(key, HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.TooManyRequests, await StatusAsync(key));
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/keys/{id}", new { limits = (object?)null });
        await UntilAsync(HttpStatusCode.OK);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", new { budget = new { amount = 0.000001m, period = "total" } });
        await UntilAsync(HttpStatusCode.PaymentRequired);
        await _gateway.AdminAsync(HttpMethod.Patch, $"/admin/v1/teams/{team}", new { budget = (object?)null });
        await UntilAsync(HttpStatusCode.OK);

        async Task UntilAsync(HttpStatusCode expected)
        {
            // Within a lease's lifetime, which is 15 seconds.
            var clock = Stopwatch.StartNew();
            for (HttpStatusCode status; (status = await StatusAsync(key)) != expected; await Task.Delay(100))
                Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"still {status} after 20 seconds");
        }
    }

    [Fact]
    public async Task A_key_is_held_to_its_models_and_to_native_routes()
    {
        var (_, only) = await _gateway.CreateKeyAsync(new { name = "one model", models = new[] { "translated/model" } });
        foreach (var path in ApiEndpoints.Roots)
        {
            // A 403 would be a failed sign-in to Claude Code.
            using var other = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", true, key: only, path: path + "/messages"));
            Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
            var error = JsonDocument.Parse(await other.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
            Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
            Assert.Contains("may not use claude-test-4.5. GET /v1/models", error.GetProperty("message").GetString());
        }

        using (var request = new HttpRequestMessage(HttpMethod.Get, "/v1/models"))
        {
            request.Headers.Add("x-api-key", only);
            using var models = await _gateway.SendAsync(request);
            var text = await models.Content.ReadAsStringAsync();
            Assert.Contains("translated/model", text);
            Assert.DoesNotContain("native/model", text);
        }

        var (_, native) = await _gateway.CreateKeyAsync(new { name = "native", nativeOnly = true });
        using var refused = await _gateway.SendAsync(TestGateway.Messages("translated/model", false, key: native));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await ExpectAsync(native, HttpStatusCode.OK);
    }

    [Fact]
    public async Task Keys_and_usage_survive_a_restart()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "lasting" });
        await ExpectAsync(key, HttpStatusCode.OK);
        await _gateway.UsageAsync(id, 1);
        await _gateway.StopGatewayAsync();
        await _gateway.StartGatewayAsync();
        await ExpectAsync(key, HttpStatusCode.OK);
        await _gateway.UsageAsync(id, 2);
        Assert.Null(_gateway.Local.AdminKey);
    }

    [Fact]
    public async Task Usage_is_shown_by_key_model_provider_and_day()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "report" });
        _gateway.Upstream.Always(_ => true, r => Answer.Json(r.Path.EndsWith("completions") ? Streams.WholeCompletion : Streams.WholeMessage));
        foreach (var model in new[] { "native/model-4.5", "native/model-4.5", "translated/model" })
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages(model, false, key: key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await _gateway.UsageAsync(id, 3);
        foreach (var (group, rows) in new[] { ("model", 2), ("provider", 2), ("key_id", 1), ("day", 1) })
        {
            var report = await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/usage?groupBy={(group == "key_id" ? "key" : group)}");
            Assert.Equal(rows, report.GetProperty("data").GetArrayLength());
            Assert.All(report.GetProperty("data").EnumerateArray(), row => Assert.True(row.TryGetProperty(group, out _), row.ToString()));
            Assert.Equal(3, report.GetProperty("totals").GetProperty("requests").GetInt64());
            Assert.Equal(300, report.GetProperty("totals").GetProperty("input_tokens").GetInt64());
        }
    }

    [Fact]
    public async Task The_holder_of_a_key_sees_its_own_state()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "mine", limits = new { requestsPerMinute = 60 } });
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key");
        request.Headers.Add("x-api-key", key);
        using var response = await _gateway.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(id, text);
        Assert.Contains("60", text);
    }

    [Fact]
    public async Task The_holder_of_a_key_sees_its_own_usage_by_day_and_model_and_nobody_elses()
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "mine" });
        var (other, otherKey) = await _gateway.CreateKeyAsync(new { name = "other" });
        foreach (var (by, model) in new[] { (key, "demo/echo"), (key, "native/model-4.5"), (otherKey, "demo/echo") })
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages(model, false, key: by));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await _gateway.UsageAsync(id, 2);
        await _gateway.UsageAsync(other, 1);
        var usage = await GetAsync("", HttpStatusCode.OK);
        Assert.Equal(2, usage["totals"]!["requests"]!.GetValue<int>());
        Assert.Equal(["demo/echo", "native/model-4.5"], usage["data"]!.AsArray().Select(line => (string)line!["model"]!).Order());
        Assert.All(usage["data"]!.AsArray(), line => Assert.NotNull(line!["day"]));
        Assert.Single((await GetAsync("?groupBy=day", HttpStatusCode.OK))["data"]!.AsArray());
        Assert.NotNull((await GetAsync("?groupBy=key", HttpStatusCode.BadRequest))["errors"]!["groupBy"]);
        Assert.NotNull((await GetAsync("?from=soon", HttpStatusCode.BadRequest))["errors"]!["from"]);

        async Task<System.Text.Json.Nodes.JsonNode> GetAsync(string query, HttpStatusCode expected)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/key/usage" + query);
            request.Headers.Add("x-api-key", key);
            using var response = await _gateway.SendAsync(request);
            Assert.Equal(expected, response.StatusCode);
            return System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        }
    }

    private async Task ExpectAsync(string key, HttpStatusCode expected) => Assert.Equal(expected, await StatusAsync(key));

    private async Task<HttpStatusCode> StatusAsync(string key)
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, key: key));
        return response.StatusCode;
    }
}
