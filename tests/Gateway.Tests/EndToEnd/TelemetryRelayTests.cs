using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Gateway.Ingress.Endpoints;
using Gateway.Ingress.Requests;
using Gateway.Tests.Conformance;

namespace Gateway.Tests.EndToEnd;

/// <summary>Clients' telemetry on its way to a collector (Claude Code on a gateway, section 8).</summary>
public sealed class TelemetryRelayTests : IAsyncLifetime
{
    private const string Metrics =
        """
        {"resourceMetrics":[{"resource":{"attributes":[]},"scopeMetrics":[{"metrics":[{"name":"claude_code.session.count","sum":{"dataPoints":[
         {"attributes":[{"key":"session.id","value":{"stringValue":"a-session"}}],"asDouble":1}]}}]}]}]}
        """;

    private TestApp _collector = null!;
    private TestGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _collector = await TestApp.StartAsync(null);
        _gateway = await TestGateway.StartAsync(new Dictionary<string, string>
        {
            ["GATEWAY_TELEMETRY_ENDPOINT"] = _collector.Address + "otlp/",
            ["GATEWAY_TELEMETRY_HEADERS"] = "authorization=Bearer%20of-the-collector, x-tenant=acme",
            ["GATEWAY_TELEMETRY_SIGNALS"] = "metrics, Logs",
        });
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _collector.DisposeAsync();
    }

    [Fact]
    public async Task It_arrives_with_who_sent_it_and_joins_the_usage_event_by_the_session()
    {
        var team = (await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/teams", new { })).GetProperty("id").GetString()!;
        var (id, key) = await _gateway.CreateKeyAsync(new { teamId = team });
        using (var message = TestGateway.Messages("demo/echo", false, key: key))
        {
            message.Headers.Add(ClaudeCode.SessionHeader, "a-session");
            using var answered = await _gateway.SendAsync(message);
            Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        }

        await _gateway.UsageAsync(id, 1);
        var usage = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        await SendAsync("/v1/metrics", Metrics, key);
        var arrived = await _collector.NextAsync("/otlp/v1/metrics");
        Assert.Equal("Bearer of-the-collector", arrived.Header("authorization"));
        Assert.Equal("acme", arrived.Header("x-tenant"));
        Assert.DoesNotContain(key, string.Join(' ', arrived.Headers.Values) + arrived.Body, StringComparison.Ordinal);
        var resource = arrived.Json.GetProperty("resourceMetrics")[0];
        Assert.Equal([("gateway.key.id", id), ("gateway.team.id", team)], Attributes(resource.GetProperty("resource")));
        var point = resource.GetProperty("scopeMetrics")[0].GetProperty("metrics")[0].GetProperty("sum").GetProperty("dataPoints")[0];
        var session = Attributes(point).Single(a => a.Name == "gateway.session").Value;
        Assert.Equal(usage.GetProperty("session").GetString(), session);
        Assert.Equal((id, team), (usage.GetProperty("key_id").GetString(), usage.GetProperty("accounts")[1].GetString()));
    }

    [Fact]
    public async Task Every_base_url_and_encoding_is_taken_and_answered_in_its_own_form()
    {
        foreach (var root in ApiEndpoints.BaseUrls)
        {
            var logs = new StringContent("""{"resourceLogs":[{}]}""", Encoding.UTF8, "application/json");
            using var answer = await PostAsync(root + "/v1/logs", logs, TestGateway.ApiKey);
            Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            await _collector.NextAsync("/otlp/v1/logs");
        }

        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(Encoding.UTF8.GetBytes(Metrics));
        var content = new ByteArrayContent(packed.ToArray());
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        using (var answer = await PostAsync("/v1/metrics", content, TestGateway.ApiKey))
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("a-session", (await _collector.NextAsync("/otlp/v1/metrics")).Body, StringComparison.Ordinal);

        var binary = new ByteArrayContent([0x0a, 0x00]);
        binary.Headers.ContentType = new("application/x-protobuf");
        using (var answer = await PostAsync("/v1/metrics", binary, TestGateway.ApiKey))
        {
            Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync()).Length));
            Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.MediaType);
        }

        Assert.Equal("application/x-protobuf", (await _collector.NextAsync("/otlp/v1/metrics")).Header("content-type"));
    }

    /// <summary>What goes nowhere is followed by one that does: so it is known that it went nowhere.</summary>
    [Fact]
    public async Task Whatever_comes_is_answered_200_and_only_telemetry_of_somebody_known_goes_on()
    {
        foreach (var body in new[] { "no json", "[]", "", new string('x', 5 * 1024 * 1024), "{\"resourceMetrics\":[\"\\ud800\"]}" })
            await SendAsync("/v1/metrics", body, TestGateway.ApiKey);
        await SendAsync("/v1/metrics", Metrics, "gw-nobody");
        await SendAsync("/v1/metrics", Metrics, null);
        // Not asked for by the operator.
        await SendAsync("/v1/traces", """{"resourceSpans":[{}]}""", TestGateway.ApiKey);
        foreach (var (type, encoding) in new[]
        {
            ("text/plain", null), ("application/json", "br"), ("application/json", "gzip"), ("application/x-protobuf", null),
        })
        {
            var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Metrics));
            content.Headers.ContentType = new(type);
            if (encoding is not null)
                content.Headers.ContentEncoding.Add(encoding);
            using var answer = await PostAsync("/v1/metrics", content, TestGateway.ApiKey);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        // A few bytes that would be many.
        using (var packed = new MemoryStream())
        {
            using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
                gzip.Write(new byte[20 * 1024 * 1024]);
            var content = new ByteArrayContent(packed.ToArray());
            content.Headers.ContentType = new("application/json");
            content.Headers.ContentEncoding.Add("gzip");
            using var answer = await PostAsync("/v1/metrics", content, TestGateway.ApiKey);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        await SendAsync("/v1/metrics", Metrics.Replace("a-session", "the-last", StringComparison.Ordinal), TestGateway.ApiKey);
        Assert.Contains("the-last", (await _collector.NextAsync("/otlp/v1/metrics")).Body, StringComparison.Ordinal);
        Assert.True(await _collector.IsQuietAsync("/otlp/v1/traces", 0.01));
    }

    [Fact]
    public async Task A_collector_that_fails_or_hangs_keeps_nobody_waiting()
    {
        var failures = 0;
        _collector.On("/otlp/v1/metrics", async context =>
        {
            if (Interlocked.Increment(ref failures) == 1)
                context.Response.StatusCode = 503;
            await Task.CompletedTask;
        });
        var hanging = new TaskCompletionSource();
        _collector.On("/otlp/v1/logs", _ => hanging.Task);
        for (var i = 0; i < 3; i++)
            await SendAsync("/v1/logs", """{"resourceLogs":[{}]}""", TestGateway.ApiKey);
        await SendAsync("/v1/metrics", Metrics, TestGateway.ApiKey);
        // It is asked again.
        await _collector.NextAsync("/otlp/v1/metrics");
        await _collector.NextAsync("/otlp/v1/metrics", 30);
        hanging.SetResult();
    }

    [Fact]
    public async Task Managed_settings_turn_it_on_unless_they_say_otherwise()
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        var environment = (await SettingsAsync(TestGateway.ApiKey)).GetProperty("env");
        Assert.Equal(
            """{"CLAUDE_CODE_ENABLE_TELEMETRY":"1","OTEL_METRICS_EXPORTER":"otlp","OTEL_LOGS_EXPORTER":"otlp","OTEL_TRACES_EXPORTER":"none","""
            + "\"OTEL_EXPORTER_OTLP_PROTOCOL\":\"http/protobuf\"}",
            environment.GetRawText());
        await _gateway.AdminAsync(HttpMethod.Put, "/admin/v1/managed-settings", new
        {
            env = new Dictionary<string, string> { ["OTEL_METRICS_EXPORTER"] = "none", ["X"] = "1" },
        });
        while (!environment.TryGetProperty("X", out _))
        {
            await Task.Delay(50, limit.Token);
            environment = (await SettingsAsync(TestGateway.ApiKey)).GetProperty("env");
        }

        Assert.Equal("none", environment.GetProperty("OTEL_METRICS_EXPORTER").GetString());
        Assert.Equal("otlp", environment.GetProperty("OTEL_LOGS_EXPORTER").GetString());
    }

    private static List<(string Name, string Value)> Attributes(JsonElement of) =>
        [.. of.GetProperty("attributes").EnumerateArray()
            .Select(a => (a.GetProperty("key").GetString()!, a.GetProperty("value").GetProperty("stringValue").GetString()!))];

    private async Task<JsonElement> SettingsAsync(string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/managed/settings") { Headers = { { "x-api-key", key } } };
        using var answer = await _gateway.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("settings");
    }

    private async Task SendAsync(string path, string body, string? key)
    {
        using var answer = await PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), key);
        Assert.Equal((HttpStatusCode.OK, "{}"), (answer.StatusCode, await answer.Content.ReadAsStringAsync()));
    }

    private Task<HttpResponseMessage> PostAsync(string path, HttpContent content, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return _gateway.SendAsync(request);
    }
}
