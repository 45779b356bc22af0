using System.Globalization;
using System.Net;
using System.Text.Json;
using Gateway.Contracts.Names;
using Gateway.Fakes;
using Gateway.Ingress.Quota;
using Microsoft.Extensions.DependencyInjection;

namespace Gateway.Tests.EndToEnd;

/// <summary>What clients see of waiting for a limit: pings, the header, the event, and errors in the form that the answer has by then.</summary>
public sealed class QueueTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    private QuotaQueue Queue => _gateway.Local.ServiceOf(AppIds.Ingress).Services.GetRequiredService<QuotaQueue>();

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_PING_SECONDS"] = "0.3" });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Fact]
    public async Task A_stream_that_waits_gets_pings_then_its_answer_and_its_event_says_how_long_it_waited()
    {
        var (id, key) = await KeyAsync(60);
        var gate = await OccupyAsync(key);
        using var response = await _gateway.SendAsync(TestGateway.Messages("demo/echo", true, key: key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.False(response.Headers.Contains(GatewayHeaders.QueueSeconds));
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
        gate.Release();
        var rest = (await events.RestAsync()).Where(e => e.Name != "ping").ToList();
        Assert.Equal(("message_start", "message_stop"), (rest[0].Name, rest[^1].Name));

        await _gateway.UsageAsync(id, 2);
        var recorded = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data").EnumerateArray().ToList();
        Assert.False(recorded.Single(e => e.GetProperty("model").GetString() != "demo/echo").TryGetProperty("queued_ms", out _));
        var waited = recorded.Single(e => e.GetProperty("model").GetString() == "demo/echo");
        Assert.InRange(waited.GetProperty("queued_ms").GetDouble(), 250, waited.GetProperty("latency_ms").GetDouble());
    }

    [Fact]
    public async Task A_whole_answer_says_in_a_header_how_long_it_waited()
    {
        var (_, key) = await KeyAsync(60);
        var gate = await OccupyAsync(key);
        var waiting = _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key));
        await UntilAsync(1);
        gate.Release();
        using var response = await waiting.WaitAsync(TestGateway.Timeout);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(double.Parse(response.Headers.GetValues(GatewayHeaders.QueueSeconds).Single(), CultureInfo.InvariantCulture) > 0);
        using var after = await _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key));
        Assert.False(after.Headers.Contains(GatewayHeaders.QueueSeconds));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refusal_after_the_wait_is_an_event_where_pings_have_begun_and_else_a_429(bool stream)
    {
        var (_, key) = await KeyAsync(2);
        var gate = await OccupyAsync(key);
        using var response = await _gateway.SendAsync(TestGateway.Messages("demo/echo", stream, key: key));
        var error = "";
        if (stream)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            using var events = await ClientStream.OpenAsync(response);
            var all = await events.RestAsync();
            Assert.Equal("ping", all[0].Name);
            Assert.Equal("error", all[^1].Name);
            error = all[^1].Data;
        }
        else
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            Assert.Equal("1", response.Headers.GetValues("retry-after").Single());
            Assert.True(response.Headers.Contains(GatewayHeaders.QueueSeconds));
            error = await response.Content.ReadAsStringAsync();
        }

        var said = JsonDocument.Parse(error).RootElement.GetProperty("error");
        Assert.Equal("rate_limit_error", said.GetProperty("type").GetString());
        Assert.Matches("1 requests at the same time.* has waited .* s for it", said.GetProperty("message").GetString());
        gate.Release();
    }

    [Fact]
    public async Task A_client_that_leaves_makes_room_for_others_at_once()
    {
        var (_, key) = await KeyAsync(60);
        var gate = await OccupyAsync(key);
        using var client = new CancellationTokenSource();
        var waiting = _gateway.SendAsync(TestGateway.Messages("demo/echo", false, key: key), client.Token);
        await UntilAsync(1);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await UntilAsync(0);
        gate.Release();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_gateway_that_stops_tells_those_who_wait_to_come_again(bool stream)
    {
        var (_, key) = await KeyAsync(60);
        await OccupyAsync(key);
        var waiting = _gateway.SendAsync(TestGateway.Messages("demo/echo", stream, key: key));
        await UntilAsync(1);
        using var response = stream ? await waiting.WaitAsync(TestGateway.Timeout) : null;
        var stopping = _gateway.Local.StopAsync(CancellationToken.None);
        using var whole = stream ? null : await waiting.WaitAsync(TestGateway.Timeout);
        Assert.Equal(stream ? 200 : 529, (int)(response ?? whole)!.StatusCode);
        Assert.Contains("overloaded_error", await (response ?? whole)!.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await stopping.WaitAsync(TestGateway.Timeout);
    }

    private Task<(string Id, string Key)> KeyAsync(int queueSeconds) =>
        _gateway.CreateKeyAsync(new { limits = new { concurrentRequests = 1 }, queueSeconds });

    /// <summary>A request that runs until the gate is opened.</summary>
    private async Task<Gate> OccupyAsync(string key)
    {
        var gate = new Gate();
        var marker = Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker, StringComparison.Ordinal), new Answer().At(gate).Raw(Streams.WholeMessage));
        _ = _gateway.SendAsync(TestGateway.Messages("claude-test-4.5", false, marker, key));
        await gate.ReachedAsync();
        return gate;
    }

    private async Task UntilAsync(int waiting)
    {
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while (Queue.Waiting != waiting)
            await Task.Delay(10, limit.Token);
    }
}
