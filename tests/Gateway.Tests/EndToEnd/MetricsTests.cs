using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Gateway.Ingress.Metering;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.EndToEnd;

/// <summary>What Prometheus fetches, and what a trace says of a request.</summary>
public sealed partial class MetricsTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(
        new Dictionary<string, string> { ["GATEWAY_METRICS"] = "true", ["GATEWAY_METRICS_KEYS"] = "1" });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task Metrics_are_for_admins_who_see_usage_and_by_the_names_that_the_dashboard_has()
    {
        var (first, firstKey) = await _gateway.CreateKeyAsync(new { budget = new { amount = 5, period = "month" } });
        var (second, secondKey) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(_ => true, _ => Gateway.Fakes.Answer.Json(Streams.WholeMessage));
        foreach (var key in new[] { firstKey, secondKey })
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, key: key));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await _gateway.UsageAsync(first, 1);
        await _gateway.UsageAsync(second, 1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(firstKey)).Status);
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { })).GetProperty("id").GetString()!;
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(await AdminKeyAsync("team_admin", [team]))).Status);
        var (status, text) = await GetAsync(await AdminKeyAsync("auditor", null));
        Assert.Equal(HttpStatusCode.OK, status);

        Assert.Matches($"gateway_key_requests_total\\{{[^}}]*gateway_key=\"{first}\"[^}}]*\\}} 1", text);
        Assert.Matches("gateway_key_requests_total\\{[^}]*gateway_key=\"other\"", text);
        Assert.DoesNotContain($"gateway_key=\"{second}\"", text, StringComparison.Ordinal);
        Assert.Matches("gateway_cost_total\\{[^}]*currency=\"USD\"", text);
        Assert.Matches($"gateway_budget_amount\\{{[^}}]*account=\"{first}\"[^}}]*\\}} 5", text);
        Assert.Contains("gateway_outbox_age_seconds", text, StringComparison.Ordinal);

        var dashboard = await File.ReadAllTextAsync(RepositoryFiles.Path("k8s", "grafana", "llm-gateway.json"));
        var names = Name().Matches(text).Select(m => m.Groups[1].Value).Distinct().ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.True(dashboard.Contains(name, StringComparison.Ordinal), $"no panel shows {name}"));
    }

    [Fact]
    public async Task A_gateway_that_is_not_asked_to_has_no_metrics_to_fetch()
    {
        await using var door = await _gateway.OpenDoorAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, door.Urls.First() + "/metrics");
        request.Headers.Add("x-api-key", TestGateway.AdminKey);
        using var answer = await _gateway.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task A_span_of_a_request_says_what_it_was_for_and_what_it_used()
    {
        var trace = ActivityTraceId.CreateRandom();
        var described = new TaskCompletionSource<Activity>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace && activity.GetTagItem("gen_ai.operation.name") is not null)
                    described.TrySetResult(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var (id, key) = await _gateway.CreateKeyAsync();
        _gateway.Upstream.Always(_ => true, _ => Gateway.Fakes.Answer.Json(Streams.WholeMessage));
        using var request = TestGateway.Messages("native/model-4.5", false, key: key);
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using (var response = await _gateway.SendAsync(request))
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var totals = await _gateway.UsageAsync(id, 1);
        var span = await described.Task.WaitAsync(TestGateway.Timeout);
        Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
        Assert.Equal("anthropic", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal("native/model-4.5", span.GetTagItem("gen_ai.request.model"));
        Assert.Equal(id, span.GetTagItem("gateway.key.id"));
        Assert.Equal(totals.GetProperty("output_tokens").GetInt64(), span.GetTagItem("gen_ai.usage.output_tokens"));
        var input = new[] { "input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens" }.Sum(name => totals.GetProperty(name).GetInt64());
        Assert.Equal(input, span.GetTagItem("gen_ai.usage.input_tokens"));
        Assert.IsType<string[]>(span.GetTagItem("gen_ai.response.finish_reasons"));
    }

    [Fact]
    public void Only_so_many_keys_have_a_name_of_their_own()
    {
        var labels = new KeyLabels(2);
        Assert.Equal(["a", "b", "other", "a", "other"], new[] { "a", "b", "c", "a", "d" }.Select(labels.Of));
        Assert.Equal("other", new KeyLabels(0).Of("a"));
    }

    private async Task<string> AdminKeyAsync(string role, string[]? scope) =>
        (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/admin-keys", new { name = role, role, scope })).GetProperty("key").GetString()!;

    private async Task<(HttpStatusCode Status, string Text)> GetAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("Authorization", "Bearer " + key);
        using var answer = await _gateway.Client.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Of the gateway's own.</summary>
    [GeneratedRegex("^((?:gateway|gen_ai)_\\w+?)(?:_bucket|_sum|_count)?\\{", RegexOptions.Multiline)]
    private static partial Regex Name();
}
