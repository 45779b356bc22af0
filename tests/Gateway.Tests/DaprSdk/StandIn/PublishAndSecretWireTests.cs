using Dapr;
using Dapr.Client;

namespace Gateway.Tests.DaprSdk.StandIn;

public sealed class PublishAndSecretWireTests : IAsyncLifetime
{
    private RecordingSidecar _sidecar = null!;
    private DaprClient _client = null!;

    public async Task InitializeAsync()
    {
        _sidecar = await RecordingSidecar.StartAsync();
        _client = new DaprClientBuilder().UseHttpEndpoint(_sidecar.Url).Build();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task Bytes_are_published_as_they_are_with_the_CloudEvent_attributes_in_the_query()
    {
        await _client.PublishByteEventAsync("pubsub", "usage", """{"id":1}"""u8.ToArray(), "application/json; charset=utf-8", new Dictionary<string, string>
        {
            ["cloudevent.id"] = "req 1",
            ["cloudevent.type"] = "gateway.usage.recorded.v1",
            ["cloudevent.source"] = "ingress",
        });

        var request = Assert.Single(_sidecar.Requests);
        Assert.Equal("POST /v1.0/publish/pubsub/usage?metadata.cloudevent.id=req%201&metadata.cloudevent.type=gateway.usage.recorded.v1&metadata.cloudevent.source=ingress", $"{request.Method} {request.Target}");
        Assert.Equal("application/json; charset=utf-8", request.Headers.ContentType);
        Assert.Equal("""{"id":1}""", request.Text);
        Assert.False(request.Headers.ContainsKey("dapr-api-token"));
    }

    [Fact]
    public async Task Objects_are_published_as_JSON_and_nothing_without_content_type()
    {
        await _client.PublishEventAsync("pubsub", "a/b", new { OrderId = 7 });
        await _client.PublishEventAsync("pubsub", "a/b", new Dictionary<string, string> { ["ttlInSeconds"] = "5" });

        Assert.Equal(("/v1.0/publish/pubsub/a/b", "application/json", """{"orderId":7}"""), (_sidecar.Requests[0].Target, _sidecar.Requests[0].Headers.ContentType.ToString(), _sidecar.Requests[0].Text));
    }

    [Fact]
    public async Task Publish_without_data_sends_neither_body_nor_content_type()
    {
        await _client.PublishEventAsync("pubsub", "t");

        var request = Assert.Single(_sidecar.Requests);
        Assert.Empty(request.Body);
        Assert.False(request.Headers.ContainsKey("Content-Type"));
    }

    [Fact]
    public async Task Publish_failures_are_Dapr_exceptions_and_bad_names_throw_at_once()
    {
        _sidecar.Answers(404, """{"errorCode":"ERR_PUBSUB_NOT_FOUND","message":"pubsub nopubsub is not found"}""");

        var thrown = await Assert.ThrowsAsync<DaprException>(() => _client.PublishEventAsync("nopubsub", "t", 1));

        Assert.Equal("Publish operation failed: the Dapr endpoint indicated a failure. See InnerException for details.", thrown.Message);
        Assert.Contains("ERR_PUBSUB_NOT_FOUND", thrown.InnerException!.Message);
        Assert.Equal("topicName", Assert.Throws<ArgumentException>(() => { _ = _client.PublishEventAsync("pubsub", "", 1); }).ParamName);
        Assert.Equal("data", Assert.Throws<ArgumentNullException>(() => { _ = _client.PublishEventAsync<string>("pubsub", "t", (string)null!); }).ParamName);
    }

    [Fact]
    public async Task Several_events_are_one_call_with_an_entry_each()
    {
        var response = await _client.BulkPublishEventAsync("pubsub", "a/b", new[] { new { OrderId = 7 }, new { OrderId = 8 } }, new Dictionary<string, string> { ["ttlInSeconds"] = "5" });

        var request = Assert.Single(_sidecar.Requests);
        Assert.Equal("POST /v1.0/publish/bulk/pubsub/a/b?metadata.ttlInSeconds=5", $"{request.Method} {request.Target}");
        Assert.Equal("application/json", request.Headers.ContentType);
        Assert.Equal("""[{"entryId":"0","event":{"orderId":7},"contentType":"application/json"},{"entryId":"1","event":{"orderId":8},"contentType":"application/json"}]""", request.Text);
        Assert.Empty(response.FailedEntries);
    }

    [Fact]
    public async Task CloudEvents_are_published_as_what_they_are_alone_and_with_others()
    {
        var e = new CloudEvent<int>(1) { Source = new Uri("urn:me"), Type = "t" };
        await _client.PublishEventAsync("pubsub", "t", e);
        await _client.BulkPublishEventAsync("pubsub", "t", new[] { e });

        Assert.Equal("application/cloudevents+json", _sidecar.Requests[0].Headers.ContentType);
        Assert.Equal("""{"data":1,"datacontenttype":"application/json","source":"urn:me","type":"t","subject":null}""", _sidecar.Requests[0].Text);
        Assert.Equal("""[{"entryId":"0","event":{"data":1,"datacontenttype":"application/json","source":"urn:me","type":"t","subject":null},"contentType":"application/cloudevents+json"}]""", _sidecar.Requests[1].Text);
    }

    [Fact]
    public async Task Events_that_failed_among_others_are_named_and_a_call_that_failed_is_an_exception()
    {
        _sidecar.Answers(500, """{"failedEntries":[{"entryId":"1","error":"no room"}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}""");
        var failed = Assert.Single((await _client.BulkPublishEventAsync("pubsub", "t", new[] { "a", "b" })).FailedEntries);
        Assert.Equal(("1", "b", "application/json", "no room"), (failed.Entry.EntryId, failed.Entry.EventData, failed.Entry.ContentType, failed.ErrorMessage));

        foreach (var (status, body) in new[] { (404, """{"errorCode":"ERR_PUBSUB_NOT_FOUND"}"""), (500, """{"errorCode":"ERR_PUBSUB_CLOUD_EVENTS_SER"}"""), (500, "") })
        {
            _sidecar.Answers(status, body);
            var thrown = await Assert.ThrowsAsync<DaprException>(() => _client.BulkPublishEventAsync("pubsub", "t", new[] { "a" }));
            Assert.Equal("Bulk Publish operation failed: the Dapr endpoint indicated a failure. See InnerException for details.", thrown.Message);
            Assert.Contains($"{status}: {body}", thrown.InnerException!.Message);
        }

        Assert.Equal("events", Assert.Throws<ArgumentNullException>(() => { _ = _client.BulkPublishEventAsync<string>("pubsub", "t", null!); }).ParamName);
    }

    [Fact]
    public async Task Secrets_are_read_by_key_and_in_bulk()
    {
        _sidecar.Answers(200, """{"openai:key":"sk-1"}""");
        Assert.Equal("sk-1", (await _client.GetSecretAsync("filesecrets", "openai:key"))["openai:key"]);
        Assert.Equal("/v1.0/secrets/filesecrets/openai%3Akey", _sidecar.Requests[0].Target);

        _sidecar.Answers(200, """{"plain":{"plain":"v"}}""");
        Assert.Equal("v", (await _client.GetBulkSecretAsync("filesecrets"))["plain"]["plain"]);
        Assert.Equal("/v1.0/secrets/filesecrets/bulk", _sidecar.Requests[1].Target);
    }

    [Fact]
    public async Task Secret_failures_name_their_operation()
    {
        _sidecar.Answers(500, """{"errorCode":"ERR_SECRET_GET","message":"secret nokey not found"}""");

        Assert.Equal("Secret operation failed: the Dapr endpoint indicated a failure. See InnerException for details.",
            (await Assert.ThrowsAsync<DaprException>(() => _client.GetSecretAsync("s", "nokey"))).Message);
        Assert.Equal("Bulk secret operation failed: the Dapr endpoint indicated a failure. See InnerException for details.",
            (await Assert.ThrowsAsync<DaprException>(() => _client.GetBulkSecretAsync("s"))).Message);
    }
}
