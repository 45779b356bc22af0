using Gateway.Fakes;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>What the clients of open streams get when the sidecar beside ingress is killed, as <c>dapr stop</c> does first of all.</summary>
public sealed class VanishedSidecarTests : IAsyncLifetime
{
    private FakeUpstream _upstream = null!;
    private SeparateGateway _gateway = null!;

    public async Task InitializeAsync()
    {
        _upstream = await FakeUpstream.StartAsync();
        _gateway = await SeparateGateway.StartAsync(_upstream);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Fact]
    public async Task Open_streams_are_told_at_once_to_come_again()
    {
        using var admin = new Admin(() => _gateway.Url);
        using var http = new HttpClient { Timeout = TestGateway.Timeout };
        var (id, key) = await admin.CreateKeyAsync(new { name = "cut" });
        foreach (var model in (string[])["native/model-4.5", "translated/model"])
        {
            _upstream.Script(Streams.Opening(model.StartsWith("native", StringComparison.Ordinal)).Stall());
            using var request = TestGateway.Messages(model, true, key: key, path: _gateway.Url + "/v1/messages");
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            using var events = await ClientStream.OpenAsync(response);
            Assert.Equal("message_start", (await events.NextAsync())!.Value.Name);
            await _gateway.KillAsync(SeparateGateway.Sidecars);
            var last = (await events.RestAsync())[^1];
            Assert.Equal("error", last.Name);
            Assert.Contains("overloaded_error", last.Data);
            await _gateway.StartAsync(SeparateGateway.Sidecars);
            await _gateway.ReadyAsync();
        }

        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while ((await admin.EventsAsync(id)).Count < 2)
            await Task.Delay(50, limit.Token);
        Assert.All(await admin.EventsAsync(id), e => Assert.Equal("truncated", e.GetProperty("outcome").GetString()));
    }
}
