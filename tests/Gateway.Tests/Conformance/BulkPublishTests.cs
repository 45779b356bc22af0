using System.Globalization;
using System.Net;
using System.Text;

namespace Gateway.Tests.Conformance;

/// <summary>Several events in one call. How the answers and errors look is from dapr/dapr, pkg/api/http/http.go and pkg/api/errors/pubsub.go.</summary>
[Trait(ConformanceTests.Daprd, "1.17.13")]
[Collection("topics")]
public sealed class BulkPublishTests(SharedSidecarPair shared) : ConformanceTests(shared), IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>What a test leaves in a topic is not the next one's.</summary>
    public Task DisposeAsync() => Pair.AppB.DrainTopicsAsync();

    [Theory]
    [InlineData("POST", "v1.0")]
    [InlineData("PUT", "v1.0")]
    [InlineData("POST", "v1.0-alpha1")]
    public async Task Each_entry_is_delivered_as_an_event_of_its_own(string verb, string version)
    {
        var id = Unique("e");
        await PublishAsync(new HttpMethod(verb), $"/{version}/publish/bulk/pubsub/orders", $$$"""
            [{"entryId":"1","event":{"id":1},"contentType":"application/json"},
             {"entryId":"2","event":"hello","contentType":"text/plain"},
             {"entryId":"3","event":"AAFiaW4=","contentType":"application/octet-stream"},
             {"entryId":"4","event":{"specversion":"1.0","id":"{{{id}}}","type":"my.type","source":"me","datacontenttype":"application/json","data":{"x":1}},
              "contentType":"application/cloudevents+json"},
             {"entryId":"5","event":{"id":"{{{id}}}","data":5,"ext":"kept"},"contentType":"application/cloudevents+json"}]
            """);
        var all = new List<TestApp.Recorded>();
        for (var i = 0; i < 5; i++)
            all.Add(await Pair.AppB.NextAsync("/topic/orders"));
        string[] usual = ["datacontenttype", "id", "pubsubname", "source", "specversion", "time", "topic", "traceid", "traceparent", "tracestate", "type"];

        var json = all.Single(e => e.Body.Contains("""{"id":1}""", StringComparison.Ordinal));
        Assert.Equal(["data", .. usual], Names(json));
        Assert.Equal(
            ("""{"id":1}""", "application/json", "a", "com.dapr.event.sent"),
            (json.Json.GetProperty("data").GetRawText(), Field(json, "datacontenttype"), Field(json, "source"), Field(json, "type")));
        Assert.True(Guid.TryParse(Field(json, "id"), out _));

        var text = all.Single(e => e.Body.Contains("\"hello\"", StringComparison.Ordinal));
        Assert.Equal("text/plain", Field(text, "datacontenttype"));
        var bytes = all.Single(e => e.Json.TryGetProperty("data_base64", out _));
        Assert.Equal(("AAFiaW4=", "application/octet-stream"), (Field(bytes, "data_base64"), Field(bytes, "datacontenttype")));

        var own = all.Single(e => e.Body.Contains("my.type", StringComparison.Ordinal));
        Assert.Equal(["data", .. usual], Names(own));
        Assert.Equal(
            (id, "me", "1.0", """{"x":1}""", "orders", "pubsub"),
            (
                Field(own, "id"), Field(own, "source"), Field(own, "specversion"), own.Json.GetProperty("data").GetRawText(),
                Field(own, "topic"), Field(own, "pubsubname")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", Field(own, "time"));

        var extended = all.Single(e => e.Body.Contains("kept", StringComparison.Ordinal));
        Assert.Equal(("kept", "Dapr", "com.dapr.event.sent"), (Field(extended, "ext"), Field(extended, "source"), Field(extended, "type")));
        Assert.All(all, e => Assert.Equal("application/cloudevents+json", e.Header("Content-Type")));
    }

    [Fact]
    public async Task Metadata_of_the_call_count_for_entries_that_have_some_and_the_entrys_own_win()
    {
        await PublishAsync(HttpMethod.Post, "/v1.0/publish/bulk/pubsub/orders?metadata.cloudevent.type=of.the.call&metadata.foo=bar", """
            [{"entryId":"1","event":1,"contentType":"application/json"},
             {"entryId":"2","event":2,"contentType":"application/json","metadata":{"cloudevent.id":"own-2"}},
             {"entryId":"3","event":3,"contentType":"application/json","metadata":{"cloudevent.type":"own","ttlInSeconds":"30"}}]
            """);
        var all = new List<TestApp.Recorded> { await Pair.AppB.NextAsync(
            "/topic/orders"), await Pair.AppB.NextAsync("/topic/orders"), await Pair.AppB.NextAsync("/topic/orders") };
        all.Sort((a, b) => a.Json.GetProperty("data").GetInt32() - b.Json.GetProperty("data").GetInt32());
        Assert.Equal(["com.dapr.event.sent", "of.the.call", "own"], all.Select(e => Field(e, "type")));
        Assert.Equal("own-2", Field(all[1], "id"));
        Assert.Equal([null, "bar", "bar"], all.Select(e => e.Header("Foo")));
        Assert.Matches("Z$", Field(all[2], "expiration"));
    }

    [Fact]
    public async Task Raw_payloads_are_delivered_as_they_are()
    {
        await PublishAsync(
            HttpMethod.Post, "/v1.0/publish/bulk/pubsub/orders?metadata.rawPayload=true",
            """[{"entryId":"1","event":{"raw":1},"contentType":"application/json"}]""");
        Assert.Equal("""{"raw":1}""", (await Pair.AppB.NextAsync("/topic/orders")).Body);
    }

    [Fact]
    public async Task Topic_may_have_slashes_and_no_entries_are_no_error()
    {
        await PublishAsync(HttpMethod.Post, "/v1.0/publish/bulk/pubsub/deep/topic", """[{"entryId":"1","event":1,"contentType":"application/json"}]""");
        Assert.Equal("deep/topic", Field(await Pair.AppB.NextAsync("/topic/deep"), "topic"));
        await PublishAsync(HttpMethod.Post, "/v1.0/publish/bulk/pubsub/orders", "[]");
        await PublishAsync(HttpMethod.Post, "/v1.0/publish/bulk/pubsub/nobody-listens", """[{"entryId":"1","event":1,"contentType":"application/json"}]""");
    }

    [Theory]
    [InlineData("{}", 400, "ERR_PUBSUB_EVENTS_SER", "error when unmarshaling the request for topic orders pubsub pubsub: ")]
    [InlineData("[1]", 400, "ERR_PUBSUB_EVENTS_SER", "error when unmarshaling the request for topic orders pubsub pubsub: ")]
    [InlineData("""[{"entryId":"1","event":1""", 400, "ERR_PUBSUB_EVENTS_SER", "error when unmarshaling the request for topic orders pubsub pubsub: ")]
    [InlineData("""[{"event":1,"contentType":"application/json"}]""", 400, "ERR_PUBSUB_EVENTS_SER", "entryId is duplicated or not present for entry")]
    [
        InlineData(
            """[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"1","event":2,"contentType":"application/json"}]""", 400,
            "ERR_PUBSUB_EVENTS_SER", "entryId is duplicated or not present for entry")]
    [
        InlineData(
            """[{"entryId":"1","event":1,"contentType":"text/plain"}]""", 400, "ERR_PUBSUB_EVENTS_SER",
            "error marshaling events to bytes for topic orders pubsub pubsub. error: ")]
    [
        InlineData(
            """[{"entryId":"1","event":{"a":1}}]""", 400, "ERR_PUBSUB_EVENTS_SER",
            "error marshaling events to bytes for topic orders pubsub pubsub. error: ")]
    [
        InlineData(
            """[{"entryId":"1","event":1,"contentType":"application/json"},{"entryId":"2","event":2,"contentType":"application/cloudevents+json"}]""",
            500, "ERR_PUBSUB_CLOUD_EVENTS_SER", "cannot create cloudevent")]
    public async Task What_cannot_be_read_is_refused_as_a_whole(string body, int status, string errorCode, string message)
    {
        using var response = await A.PostAsync("/v1.0/publish/bulk/pubsub/orders", Json(body));
        Assert.Equal(status, (int)response.StatusCode);
        var error = await ReadJsonAsync(response);
        Assert.Equal(errorCode, error.GetProperty("errorCode").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString());
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/orders", 0.1));
    }

    [Fact]
    public async Task Unknown_pubsub_is_404_and_a_body_over_the_limit_breaks_the_connection()
    {
        using var unknown = await A.PostAsync("/v1.0/publish/bulk/nopubsub/t", Json("[]"));
        await AssertErrorAsync(unknown, 404, "ERR_PUBSUB_NOT_FOUND", "pubsub nopubsub is not found");
        await Assert.ThrowsAsync<HttpRequestException>(
            () => A.PostAsync("/v1.0/publish/bulk/pubsub/orders", new ByteArrayContent(new byte[(4 * 1024 * 1024) + 1])));
    }

    internal static string Entries(IEnumerable<int> values)
    {
        var body = new StringBuilder("[");
        foreach (var value in values)
            body.Append(
                CultureInfo.InvariantCulture,
                $$"""{{(body.Length > 1 ? "," : "")}}{"entryId":"{{value}}","event":{{value}},"contentType":"application/json"}""");
        return body.Append(']').ToString();
    }

    private async Task PublishAsync(HttpMethod verb, string target, string body)
    {
        using var response = await A.SendAsync(Request(verb, A.BaseAddress!, target, Json(body)));
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static List<string> Names(TestApp.Recorded delivered) => [.. delivered.Json.EnumerateObject().Select(p => p.Name)];

    private static string Field(TestApp.Recorded delivered, string name) => delivered.Json.GetProperty(name).GetString()!;
}
