using System.Net;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

public sealed class PingTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;

    public async Task InitializeAsync() => _gateway = await TestGateway.StartAsync(new Dictionary<string, string> { ["GATEWAY_PING_SECONDS"] = "0.2" });

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_E143_a_silent_provider_is_bridged_by_pings_before_and_between_its_events(bool native)
    {
        var gate = new Gate();
        var marker = "ping-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), Streams.Opening(native, gate).At(gate).Closing(native));
        using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "claude-test-4-5" : "translated/model", true, marker));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
        gate.Release();
        var e = await events.NextAsync();
        while (e!.Value.Name == "ping")
            e = await events.NextAsync();
        Assert.Equal("message_start", e.Value.Name);
        while ((e = await events.NextAsync())!.Value.Name != "ping")
        {
        }

        gate.Release();
        var rest = await events.RestAsync();
        Assert.Equal("message_stop", rest[^1].Name);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rule_E141_after_a_ping_a_failure_is_an_error_event_and_the_next_route_may_still_answer(bool native)
    {
        var marker = "late-" + Guid.NewGuid().ToString("N");
        var gate = new Gate();
        _gateway.Upstream.Script(r => r.Text.Contains(marker), new Answer().At(gate).Cut(), new Answer().At(gate).Cut());
        _gateway.Second.Script(r => r.Text.Contains(marker), Streams.Opening(native).Closing(native), Answer.Json("{}", 500));
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "native/fallback" : "translated/fallback", true, marker));
            using var events = await ClientStream.OpenAsync(response);
            Assert.Equal("ping", (await events.NextAsync())!.Value.Name);
            gate.Release();
            var rest = (await events.RestAsync()).Where(e => e.Name != "ping").ToList();
            Assert.Equal(attempt == 0 ? "message_stop" : "error", rest[^1].Name);
            Assert.Equal(attempt == 0 ? "message_start" : "error", rest[0].Name);
        }
    }
}
