using System.Net;
using Gateway.Fakes;

namespace Gateway.Tests.EndToEnd;

/// <summary>Events leave the provider one by one and arrive one by one, through every service and sidecar between.</summary>
public sealed class StreamTimingTests(SharedGateway shared) : IClassFixture<SharedGateway>
{
    private readonly TestGateway _gateway = shared.Gateway;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rules_E139_E170_each_event_arrives_before_the_next_one_leaves(bool native)
    {
        var gate = new Gate();
        var answer = Streams.Opening(native);
        for (var i = 0; i < 5; i++)
            answer.At(gate).Words(native, $"w{i}");
        answer.At(gate).Closing(native);
        var marker = "timing-" + Guid.NewGuid().ToString("N");
        _gateway.Upstream.Script(r => r.Text.Contains(marker), answer);
        using var response = await _gateway.SendAsync(TestGateway.Messages(native ? "claude-test-4-5" : "translated/model", true, marker));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        using var events = await ClientStream.OpenAsync(response);
        Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
        await ReadUntilAsync(events, "Hello");
        for (var i = 0; i < 5; i++)
        {
            // The provider has not sent more than this one: it waits at the gate.
            gate.Release();
            await ReadUntilAsync(events, $"w{i}");
        }

        gate.Release();
        Assert.Equal("message_stop", (await events.RestAsync())[^1].Name);
    }

    private static async Task ReadUntilAsync(ClientStream events, string text)
    {
        while (true)
        {
            var e = await events.NextAsync(TimeSpan.FromSeconds(10));
            Assert.NotNull(e);
            if (e.Value.Data.Contains($"\"{text}\""))
                return;
            Assert.Equal("content_block_start", e.Value.Name);
        }
    }
}
