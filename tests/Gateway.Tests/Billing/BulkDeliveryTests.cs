using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Usage;

namespace Gateway.Tests.Billing;

/// <summary>Several events in Dapr's envelope, as a broker with a bulk of its own has them delivered: each is judged by itself.</summary>
public sealed class BulkDeliveryTests : IAsyncLifetime
{
    private BreakingSidecar _breaking = null!;
    private BillingRig _rig = null!;

    public async Task InitializeAsync()
    {
        _breaking = await BreakingSidecar.StartAsync();
        _rig = new BillingRig { Settings = [$"--DAPR_HTTP_ENDPOINT={_breaking.Address}"], SidecarStarted = address => _breaking.Behind = address };
        await _rig.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _rig.DisposeAsync();
        await _breaking.DisposeAsync();
    }

    [Fact]
    public async Task Events_of_a_bulk_are_counted_by_their_accounts_each_of_which_writes_once()
    {
        var answer = await DeliverAsync(
            [.. Enumerable.Range(0, 20).Select(i => $"\"data\":{Event($"req_{i}", i % 4 == 0 ? "key_b" : "key_a")}"), Text(Event("req_t", "key_a"))]);
        Assert.Equal(Enumerable.Range(0, 21).Select(i => ($"e{i}", "SUCCESS")), answer);
        Assert.Equal((16, 5), (await CountAsync("key_a"), await CountAsync("key_b")));
        Assert.Equal((1, 1), (Writes("key_a"), Writes("key_b")));
        // Again, as after an answer that was lost.
        Assert.All(await DeliverAsync([$"\"data\":{Event("req_1", "key_a")}"]), status => Assert.Equal("SUCCESS", status.Status));
        Assert.Equal(16, await CountAsync("key_a"));
    }

    [Fact]
    public async Task What_can_never_be_counted_is_kept_and_holds_up_none_of_its_bulk()
    {
        var answer = await DeliverAsync(
            [$"\"data\":{Event("req_1", "key_a")}", "\"data\":{\"note\":\"no event\"}", "\"data\":\"\\ud800\"", "\"id\":\"nothing\"",
            $"\"data\":{Event("req_2", "key_a")}"]);
        Assert.Equal(["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"], answer.Select(s => s.Status));
        Assert.Equal(2, await CountAsync("key_a"));
        var letters = (await _rig.GetAsync("/admin/v1/dead-letters")).Body["data"]!.AsArray().Select(l => (string)l!["body"]!).Order();
        Assert.Equal(["{\"note\":\"no event\"}", "{\"specversion\":\"1.0\",\"data\":\"\\ud800\"}", "{\"specversion\":\"1.0\",\"id\":\"nothing\"}"], letters);
    }

    [Fact]
    public async Task What_an_account_cannot_write_is_asked_for_again_and_nothing_else_is()
    {
        _breaking.Refuse("/actors/Account/key_away/");
        string[] bulk = [$"\"data\":{Event("req_1", "key_a")}", $"\"data\":{Event("req_2", "key_away")}", $"\"data\":{Event("req_3", "key_a")}"];
        Assert.Equal(["SUCCESS", "RETRY", "SUCCESS"], (await DeliverAsync(bulk)).Select(s => s.Status));
        _breaking.Refuse(null);
        Assert.Equal(["SUCCESS", "SUCCESS", "SUCCESS"], (await DeliverAsync(bulk)).Select(s => s.Status));
        Assert.Equal((2, 1), (await CountAsync("key_a"), await CountAsync("key_away")));
    }

    private int Writes(string account) => _breaking.Requests.Count(r => r.StartsWith("PUT", StringComparison.Ordinal)
        && r.EndsWith($"/actors/Account/{account}/state", StringComparison.Ordinal));

    private async Task<long> CountAsync(string account) => (await _rig.Account(account).GetBalanceAsync()).Events;

    private static string Event(string id, string key) => Encoding.UTF8.GetString(UsageJson.Write(BillingRig.Event(id, key)));

    private static string Text(string json) => $"\"data\":{JsonValue.Create(json).ToJsonString()},\"datacontenttype\":\"text/plain\"";

    /// <param name="members">Of each event, what stands in it besides its version.</param>
    private async Task<List<(string Id, string Status)>> DeliverAsync(string[] members)
    {
        var entries = members.Select((member, i) =>
            $$$"""{"entryId":"e{{{i}}}","event":{"specversion":"1.0",{{{member}}}},"metadata":{},"contentType":"application/cloudevents+json"}""");
        using var content = new StringContent(
            $$"""{"entries":[{{string.Join(',', entries)}}],"id":"1","pubsubname":"pubsub","topic":"usage","type":"com.dapr.event.sent.bulk"}""",
            Encoding.UTF8, "application/json");
        using var answer = await _rig.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var statuses = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["statuses"]!.AsArray();
        return [.. statuses.Select(status => ((string)status!["entryId"]!, (string)status["status"]!))];
    }
}
