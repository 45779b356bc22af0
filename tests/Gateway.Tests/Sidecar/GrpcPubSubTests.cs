using Gateway.Tests.Conformance;

namespace Gateway.Tests.LocalSidecar;

public sealed class GrpcPubSubTests(GrpcSidecar sidecar) : IClassFixture<GrpcSidecar>
{
    private const int InvalidArgument = 3;

    [Fact]
    public async Task Json_is_delivered_as_a_cloud_event_with_the_metadata_applied()
    {
        const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var answer = await sidecar.CallAsync("PublishEvent", Publish("orders", """{"id":1}""", "application/json")
            .Entry(5, "cloudevent.type", "gateway.usage").Entry(5, "cloudevent.id", "e1").Entry(5, "foo", "bar"), ("traceparent", Trace));
        answer.AssertEmpty();
        var delivered = await sidecar.AppB.NextAsync("/topic/orders");
        Assert.Equal("application/cloudevents+json", delivered.Header("Content-Type"));
        Assert.Equal("bar", delivered.Header("Foo"));
        var names = delivered.Json.EnumerateObject().Select(p => p.Name).ToList();
        Assert.Equal(
            ["data", "datacontenttype", "id", "pubsubname", "source", "specversion", "time", "topic", "traceid", "traceparent", "tracestate", "type"], names);
        Assert.Equal("""{"id":1}""", delivered.Json.GetProperty("data").GetRawText());
        Assert.Equal("a", Field(delivered, "source"));
        Assert.Equal("gateway.usage", Field(delivered, "type"));
        Assert.Equal("e1", Field(delivered, "id"));
        Assert.Equal(Trace, Field(delivered, "traceparent"));
    }

    [Fact]
    public async Task Cloud_event_is_taken_over()
    {
        (
            await sidecar.CallAsync(
                "PublishEvent",
                Publish(
                    "routed", """{"specversion":"1.0","id":"i","source":"s","type":"a.b","datacontenttype":"application/json","data":{"x":2}}""",
                    "application/cloudevents+json"))).AssertEmpty();
        var delivered = await sidecar.AppB.NextAsync("/topic/ab");
        Assert.Equal("s", Field(delivered, "source"));
        Assert.Equal("i", Field(delivered, "id"));
        Assert.Equal("""{"x":2}""", delivered.Json.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task Event_without_data_is_an_empty_text()
    {
        // PublishEventAsync without data sends neither data nor a content type.
        (await sidecar.CallAsync("PublishEvent", new ProtoBytes().Text(1, "pubsub").Text(2, "prog"))).AssertEmpty();
        var delivered = await sidecar.AppB.NextAsync("/topic/prog");
        Assert.Equal("", Field(delivered, "data"));
        Assert.Equal("text/plain", Field(delivered, "datacontenttype"));
    }

    [Fact]
    public async Task Raw_payload_is_delivered_as_it_is()
    {
        (await sidecar.CallAsync("PublishEvent", Publish("deep/topic", """{"raw":1}""", "application/json").Entry(5, "rawPayload", "true"))).AssertEmpty();
        Assert.Equal("""{"raw":1}""", (await sidecar.AppB.NextAsync("/topic/deep")).Body);
    }

    [Fact]
    public async Task Topic_and_pubsub_must_be_there()
    {
        (
            await sidecar.CallAsync("PublishEvent", new ProtoBytes().Text(1, "nopubsub").Text(2, "t"))).AssertStatus(InvalidArgument,
            "pubsub nopubsub is not found");
        (await sidecar.CallAsync("PublishEvent", new ProtoBytes().Text(1, "pubsub"))).AssertStatus(InvalidArgument, "topic is empty in pubsub pubsub");
        (await sidecar.CallAsync("PublishEvent", new ProtoBytes().Text(2, "t"))).AssertStatus(InvalidArgument, "pubsub name is empty");
        var broken = await sidecar.CallAsync("PublishEvent", Publish("orders", "{", "application/cloudevents+json"));
        Assert.Equal("3", broken.Status);
        Assert.StartsWith("cannot create cloudevent", broken.Message);
    }

    [Theory]
    [InlineData("BulkPublishEventAlpha1")]
    [InlineData("BulkPublishEvent")]
    public async Task Several_in_one_call_are_delivered_each_by_itself(string method)
    {
        var answer = await sidecar.CallAsync(method, new ProtoBytes().Text(1, "pubsub").Text(2, "orders")
            .Message(3, Entry("0", """{"id":1}""", "application/json"))
            .Message(
                3,
                Entry(
                    "1", """{"specversion":"1.0","id":"i","source":"s","type":"a.b","datacontenttype":"application/json","data":{"x":2}}""",
                    "application/cloudevents+json"))
            .Message(3, Entry("2", "text", "text/plain").Entry(4, "cloudevent.id", "e3"))
            .Entry(4, "cloudevent.type", "of.the.call"));
        answer.AssertEmpty();
        var all = new List<TestApp.Recorded> { await sidecar.AppB.NextAsync(
            "/topic/orders"), await sidecar.AppB.NextAsync("/topic/orders"), await sidecar.AppB.NextAsync("/topic/orders") };
        var json = all.Single(e => e.Body.Contains("""{"id":1}""", StringComparison.Ordinal));
        Assert.Equal(("a", "com.dapr.event.sent"), (Field(json, "source"), Field(json, "type")));
        var own = all.Single(e => e.Body.Contains("a.b", StringComparison.Ordinal));
        Assert.Equal(("i", "s", """{"x":2}"""), (Field(own, "id"), Field(own, "source"), own.Json.GetProperty("data").GetRawText()));
        var text = all.Single(e => e.Body.Contains("\"text\"", StringComparison.Ordinal));
        Assert.Equal(("e3", "of.the.call"), (Field(text, "id"), Field(text, "type")));
    }

    [Fact]
    public async Task Several_in_one_call_need_a_pubsub_a_topic_and_ids()
    {
        (
            await sidecar.CallAsync("BulkPublishEventAlpha1", new ProtoBytes().Text(1, "nopubsub").Text(2, "t"))).AssertStatus(InvalidArgument,
            "pubsub nopubsub is not found");
        (
            await sidecar.CallAsync("BulkPublishEventAlpha1", new ProtoBytes().Text(1, "pubsub"))).AssertStatus(InvalidArgument,
            "topic is empty in pubsub pubsub");
        (await sidecar.CallAsync("BulkPublishEventAlpha1", new ProtoBytes().Text(2, "t"))).AssertStatus(InvalidArgument, "pubsub name is empty");
        (
            await sidecar.CallAsync(
                "BulkPublishEventAlpha1", new ProtoBytes().Text(1, "pubsub").Text(2, "orders").Message(3, Entry("", "1", "application/json")))).AssertStatus(
            InvalidArgument, "error marshaling events to bytes for topic orders pubsub pubsub. error: entryId is duplicated or not present for entry");
        (await sidecar.CallAsync("BulkPublishEventAlpha1", new ProtoBytes().Text(1, "pubsub").Text(2, "orders"))).AssertEmpty();
    }

    private static ProtoBytes Entry(string id, string data, string contentType) => new ProtoBytes().Text(1, id).Text(2, data).Text(3, contentType);

    private static ProtoBytes Publish(string topic, string data, string contentType) =>
        new ProtoBytes().Text(1, "pubsub").Text(2, topic).Text(3, data).Text(4, contentType);

    private static string? Field(TestApp.Recorded delivered, string name) => delivered.Json.GetProperty(name).GetString();
}
