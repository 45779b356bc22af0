using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Tests.EndToEnd;

namespace Gateway.Tests.Durability;

/// <summary>What may come over the usage topic besides good events, once each: through the broker, with the whole gateway around it.</summary>
public sealed class TopicTests : IAsyncLifetime
{
    private TestGateway _gateway = null!;
    private HttpClient _sidecar = null!;

    public async Task InitializeAsync()
    {
        _gateway = await TestGateway.StartAsync();
        _sidecar = _gateway.SidecarClient(AppIds.Ingress);
    }

    public async Task DisposeAsync()
    {
        _sidecar.Dispose();
        await _gateway.DisposeAsync();
    }

    /// <summary>Rule F23.</summary>
    [Fact]
    public async Task An_event_published_again_and_again_is_counted_once()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        await AskAsync(key);
        var cost = (await _gateway.UsageAsync(id, 1)).GetProperty("cost").GetString();
        var e = (await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0].GetRawText();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PublishAsync(e)));

        // As seen from the next event of the same key, which the broker got after them.
        await AskAsync(key);
        await _gateway.UsageAsync(id, 2);
        var totals = await _gateway.UsageAsync(id, 2);
        Assert.Equal(
            2 * decimal.Parse(cost!, System.Globalization.CultureInfo.InvariantCulture),
            decimal.Parse(totals.GetProperty("cost").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>Rule F39.</summary>
    [Fact]
    public async Task Poison_goes_to_the_dead_letters_and_the_queue_goes_on()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        string[] poison = ["{\"request_id\":\"half", "{\"request_id\":\"poison\"}", "[]", "\"text\"", "null", "{\"request_id\":7,\"key_id\":{}}"];
        foreach (var bad in poison)
        {
            await PublishAsync(bad);
            await AskAsync(key);
        }

        await _gateway.UsageAsync(id, poison.Length);
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while ((await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/dead-letters")).GetProperty("data").GetArrayLength() < poison.Length)
            await Task.Delay(50, limit.Token);

        // As bad as before, they stay.
        var replay = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/dead-letters/replay");
        Assert.Equal((0, poison.Length), (replay.GetProperty("replayed").GetInt32(), replay.GetProperty("failed").GetInt32()));
    }

    /// <summary>Rule F39.</summary>
    [Fact]
    public async Task A_dead_letter_whose_cause_is_gone_is_replayed_and_counted_once()
    {
        var (id, key) = await _gateway.CreateKeyAsync();
        await AskAsync(key);
        await _gateway.UsageAsync(id, 1);
        var e = JsonNode.Parse((await _gateway.AdminAsync(HttpMethod.Get, $"/admin/v1/keys/{id}/events")).GetProperty("data")[0].GetRawText())!;
        e["request_id"] = "late";
        await PublishAsync(e.ToJsonString(), Topics.UsageDeadLetter);
        using var limit = new CancellationTokenSource(TestGateway.Timeout);
        while ((await _gateway.AdminAsync(HttpMethod.Get, "/admin/v1/dead-letters")).GetProperty("data").GetArrayLength() == 0)
            await Task.Delay(50, limit.Token);
        await _gateway.UsageAsync(id, 1);
        for (var i = 0; i < 2; i++)
        {
            var replay = await _gateway.AdminAsync(HttpMethod.Post, "/admin/v1/dead-letters/replay");
            Assert.Equal(i == 0 ? 1 : 0, replay.GetProperty("replayed").GetInt32());
            await _gateway.UsageAsync(id, 2);
        }
    }

    private async Task AskAsync(string key)
    {
        using var response = await _gateway.SendAsync(TestGateway.Messages("native/model-4.5", false, key: key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await response.Content.ReadAsStringAsync();
    }

    private async Task PublishAsync(string body, string topic = Topics.Usage)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var answer = await _sidecar.PostAsync(new Uri($"/v1.0/publish/pubsub/{topic}", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }
}
