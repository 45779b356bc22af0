using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Tests.Documents;

namespace Gateway.Tests.Billing;

/// <summary>The events of all keys for a reader that keeps its place: each once, whatever comes twice or is broken off.</summary>
public sealed class EventFeedTests : IAsyncLifetime
{
    private readonly BillingRig _rig = new() { Settings = ["--GATEWAY_EVENT_FEED=true"] };

    public Task InitializeAsync() => _rig.StartAsync();

    public async Task DisposeAsync() => await _rig.DisposeAsync();

    [Fact]
    public async Task Each_event_comes_once_in_the_order_of_its_key_and_later_ones_follow_the_place_that_was_kept()
    {
        var sent = new List<(string Key, string Request)>();
        for (var i = 0; i < 60; i++)
            sent.Add(($"key_{i % 7}", $"req_{i}"));
        foreach (var (key, request) in sent)
        {
            await DeliverAsync(key, request);
            await DeliverAsync(key, request);
        }

        var (events, place) = await ReadAsync("limit=9", null);
        Assert.Equal(sent.Select(s => s.Request).Order(), events.Select(e => (string)e["request_id"]!).Order());
        foreach (var key in sent.GroupBy(s => s.Key))
            Assert.Equal(key.Select(s => s.Request), events.Where(e => (string)e["key_id"]! == key.Key).Select(e => (string)e["request_id"]!));

        Assert.Empty((await ReadAsync("limit=9", place)).Events);
        await _rig.StopAsync();
        await _rig.StartAsync();
        await DeliverAsync("key_3", "req_later");
        Assert.Equal(["req_later"], (await ReadAsync("limit=1", place)).Events.Select(e => (string)e["request_id"]!));
        Assert.Equal(sent.Count + 1, (await ReadAsync("limit=1000", null)).Events.Count);
    }

    [Fact]
    public async Task What_an_account_has_counted_before_the_feed_heard_of_it_comes_with_the_next()
    {
        // As when billing dies between the two, or the feed was switched on later.
        await _rig.RecordAsync("key_crash", Event("key_crash", "req_1"));
        await _rig.RecordAsync("key_crash", Event("key_crash", "req_2"));
        Assert.Empty((await ReadAsync("", null)).Events);
        await DeliverAsync("key_crash", "req_2");
        Assert.Equal(["req_1", "req_2"], (await ReadAsync("", null)).Events.Select(e => (string)e["request_id"]!));
    }

    [Theory]
    [InlineData("keyId=key_a", 2)]
    [InlineData("teamId=team:x", 1)]
    [InlineData("model=another/model", 1)]
    [InlineData("provider=anthropic", 3)]
    [InlineData("outcome=error", 1)]
    [InlineData("outcome=error&keyId=key_a", 0)]
    public async Task A_filter_leaves_out_what_is_not_meant(string query, int expected)
    {
        await DeliverAsync(Event("key_a", "req_1"));
        await DeliverAsync(Event("key_a", "req_2") with { Accounts = ["key_a", "team:x"] });
        await DeliverAsync(Event("key_b", "req_3") with { Outcome = RequestOutcome.Error, Model = "another/model" });
        Assert.Equal(expected, (await ReadAsync(query, null)).Events.Count);
        Assert.Equal(expected, (await ReadAsync(query + "&limit=1", null)).Events.Count);
    }

    [Fact]
    public async Task A_stream_goes_on_and_is_taken_up_where_it_was_left()
    {
        await DeliverAsync("key_a", "req_1");
        string place;
        using (var stream = await FollowAsync(null))
        {
            place = await NextAsync(stream, "req_1");
            await DeliverAsync("key_b", "req_2");
            await NextAsync(stream, "req_2");
        }

        using var again = await FollowAsync(place);
        await NextAsync(again, "req_2");
        await DeliverAsync("key_a", "req_3");
        await NextAsync(again, "req_3");
    }

    [Fact]
    public async Task Answers_are_as_the_document_says()
    {
        await DeliverAsync("key_a", "req_1");
        var document = new ApiDescription((await _rig.GetAsync(InternalRoutes.AdminDocument)).Body);
        var (status, body) = await _rig.GetAsync("/admin/v1/events");
        Assert.Equal(HttpStatusCode.OK, status);
        document.AssertDescribed("GET /admin/v1/events", 200, "application/json", body.ToJsonString());
        foreach (var wrong in new[] { "after=x", "after=1.0_2", "after=-1.0_0.0_0.0_0.0_0.0_0.0_0.0_0.0", "limit=0", "outcome=fine" })
            Assert.Equal(HttpStatusCode.BadRequest, (await _rig.GetAsync("/admin/v1/events?" + wrong)).Status);
    }

    private static UsageEvent Event(string key, string request) => BillingRig.Event(request, key);

    private Task DeliverAsync(string key, string request) => DeliverAsync(Event(key, request));

    private async Task DeliverAsync(UsageEvent e)
    {
        using var content = new StringContent(Encoding.UTF8.GetString(UsageJson.Write(e)), Encoding.UTF8, "application/json");
        using var answer = await _rig.Billing.PostAsync(new Uri("/events/usage", UriKind.Relative), content);
        Assert.Contains("SUCCESS", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<(List<JsonNode> Events, string Place)> ReadAsync(string query, string? after)
    {
        var events = new List<JsonNode>();
        while (true)
        {
            var (status, page) = await _rig.GetAsync($"/admin/v1/events?{query}{(after is null ? "" : "&after=" + after)}");
            Assert.True(status == HttpStatusCode.OK, page.ToJsonString());
            events.AddRange(page["data"]!.AsArray().Select(e => e!));
            after = (string)page["nextAfter"]!;
            if (!(bool)page["hasMore"]!)
                return (events, after);
        }
    }

    private async Task<StreamReader> FollowAsync(string? lastEventId)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/admin/v1/events");
        request.Headers.Add("Accept", "application/json, text/event-stream");
        if (lastEventId is not null)
            request.Headers.Add("Last-Event-ID", lastEventId);
        var answer = await _rig.Billing.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new StreamReader(await answer.Content.ReadAsStreamAsync());
    }

    /// <summary>The id of the next event, which must be this request's.</summary>
    private static async Task<string> NextAsync(StreamReader stream, string request)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var id = "";
        while (await stream.ReadLineAsync(limit.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                id = line[4..];
            if (!line.StartsWith("data: ", StringComparison.Ordinal))
                continue;
            Assert.Equal(request, (string)JsonNode.Parse(line[6..])!["request_id"]!);
            return id;
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The stream has ended before {request}."));
    }
}
