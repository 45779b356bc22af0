using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Hosting;
using Gateway.Tests.WebConsole;

namespace Gateway.Tests.EndToEnd;

/// <summary>A gateway that stops, or a part of it: whoever is still being answered is told to come again, and pays for what has come.</summary>
public sealed class ShutdownTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync();

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("native/model-4.5", "estimate")]
    [InlineData("native/model-4.5", "void")]
    [InlineData("translated/model", "void")]
    public async Task An_open_stream_is_told_before_its_end_and_pays_for_what_it_got(string model, string onDisconnect)
    {
        var (id, key) = await _gateway.CreateKeyAsync(new { name = "stopped", onDisconnect });
        _gateway.Upstream.Script(Streams.Opening(model.StartsWith("native", StringComparison.Ordinal)).At(new Gate()));
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, true, key: key));
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);

        var stopping = _gateway.Local.StopAsync(CancellationToken.None);
        // The load balancer is told first, and whoever still comes is served.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await _gateway.Client.GetAsync(HealthEndpoints.Ready)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.Client.GetAsync(HealthEndpoints.Live)).StatusCode);
        AssertOverloaded((await events.RestAsync())[^1]);
        await stopping.WaitAsync(TestGateway.Timeout);

        await _gateway.StopGatewayAsync();
        await _gateway.StartGatewayAsync();
        Assert.Equal(1, (await _gateway.UsageAsync(id, 1)).GetProperty("requests").GetInt32());
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0];
        Assert.Equal("truncated", e.GetProperty("outcome").GetString());
        Assert.True(decimal.Parse(e.GetProperty("cost").GetProperty("amount").GetString()!, CultureInfo.InvariantCulture) > 0);
    }

    [Fact]
    public async Task An_answer_that_is_not_streamed_is_refused_as_overload()
    {
        var gate = new Gate();
        _gateway.Upstream.Script(new Answer().At(gate).Raw("{}"));
        var answer = _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false));
        await gate.ReachedAsync();
        var stopping = _gateway.Local.StopAsync(CancellationToken.None);
        using var response = await answer.WaitAsync(TestGateway.Timeout);
        Assert.Equal(529, (int)response.StatusCode);
        Assert.Contains("overloaded_error", await response.Content.ReadAsStringAsync());
        await stopping.WaitAsync(TestGateway.Timeout);
    }

    [Theory]
    [InlineData("native/model-4.5", AppIds.ProviderAdapter)]
    [InlineData("translated/model", AppIds.ProviderAdapter)]
    [InlineData("translated/model", AppIds.Translator)]
    public async Task A_service_behind_that_stops_tells_it_too(string model, string service)
    {
        _gateway.Upstream.Script(Streams.Opening(model.StartsWith("native", StringComparison.Ordinal)).At(new Gate()));
        using var response = await _gateway.SendAsync(TestGateway.Messages(model, true));
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
        var stopping = _gateway.Local.ServiceOf(service).StopAsync();
        AssertOverloaded((await events.RestAsync())[^1]);
        await stopping.WaitAsync(TestGateway.Timeout);
    }

    [Fact]
    public async Task Pages_and_readers_that_follow_what_happens_hold_nothing_up()
    {
        await _gateway.StopGatewayAsync();
        await _gateway.StartGatewayAsync(new Dictionary<string, string> { ["GATEWAY_CONSOLE"] = "true", ["GATEWAY_EVENT_FEED"] = "true" });
        using var browser = new ConsoleBrowser(_gateway.Url);
        var session = (await browser.SubmitAsync(await browser.GetAsync("/console/sign-in"), new() { ["key"] = TestGateway.AdminKey })).Cookies;
        var streams = new List<Task<string>>();
        foreach (var (path, header, value) in new[]
        {
            ("/console/live/stream", "Cookie", string.Join("; ", session.Select(c => c.Split(';')[0]))),
            ("/admin/v1/events", "x-api-key", TestGateway.AdminKey),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/event-stream" }, { header, value } } };
            var answer = await _gateway.SendAsync(request);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
            streams.Add(answer.Content.ReadAsStringAsync());
        }

        await _gateway.Local.StopAsync(CancellationToken.None);
        // They end as answers do, and are not cut off as by the end of the time for it.
        foreach (var stream in streams)
            Assert.StartsWith(": ", await stream);
    }

    private static void AssertOverloaded((string Name, string Data) last)
    {
        Assert.Equal("error", last.Name);
        var error = JsonDocument.Parse(last.Data).RootElement.GetProperty("error");
        Assert.Equal("overloaded_error", error.GetProperty("type").GetString());
    }
}
