using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
[Collection("topics")]
public sealed class PubSubTests(SharedSidecarPair shared) : ConformanceTests(shared), IAsyncLifetime
{
    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>What a test leaves in a topic is not the next one's.</summary>
    public Task DisposeAsync() => Pair.AppB.DrainTopicsAsync();

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Json_is_delivered_as_a_cloud_event_with_fields_in_alphabetical_order(string verb)
    {
        using var published = await A.SendAsync(
            Request(new HttpMethod(verb), A.BaseAddress!, "/v1.0/publish/pubsub/orders?metadata.foo=bar", Json("""{"id":1}""")));
        Assert.Equal(HttpStatusCode.NoContent, published.StatusCode);
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        Assert.Equal("POST", delivered.Method);
        Assert.Equal("application/cloudevents+json", delivered.Header("Content-Type"));
        Assert.Equal("pubsub", delivered.Header("Pubsubname"));
        Assert.Equal("bar", delivered.Header("Foo"));
        Assert.StartsWith("Go-http-client", delivered.Header("User-Agent"));
        Assert.NotNull(delivered.Header("Traceparent"));
        var names = delivered.Json.EnumerateObject().Select(p => p.Name).ToList();
        Assert.Equal(
            ["data", "datacontenttype", "id", "pubsubname", "source", "specversion", "time", "topic", "traceid", "traceparent", "tracestate", "type"], names);
        Assert.Equal("""{"id":1}""", delivered.Json.GetProperty("data").GetRawText());
        Assert.Equal("application/json", Field(delivered, "datacontenttype"));
        Assert.True(Guid.TryParse(Field(delivered, "id"), out _));
        Assert.Equal("pubsub", Field(delivered, "pubsubname"));
        Assert.Equal("a", Field(delivered, "source"));
        Assert.Equal("1.0", Field(delivered, "specversion"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", Field(delivered, "time"));
        Assert.Equal("orders", Field(delivered, "topic"));
        Assert.Equal("", Field(delivered, "traceid"));
        Assert.Equal("com.dapr.event.sent", Field(delivered, "type"));
    }

    [Fact]
    public async Task Programmatic_subscription_and_topic_with_slashes_are_served()
    {
        await PublishAsync("pubsub/prog", Json("1"));
        Assert.Equal("1", (await Pair.AppB.NextAsync("/topic/prog")).Json.GetProperty("data").GetRawText());
        await PublishAsync("pubsub/deep/topic", Json("2"));
        Assert.Equal("deep/topic", Field(await Pair.AppB.NextAsync("/topic/deep"), "topic"));
    }

    [Fact]
    public async Task Rules_choose_the_route()
    {
        await PublishAsync("pubsub/routed?metadata.cloudevent.type=a.b", Json("1"));
        Assert.Equal("a.b", Field(await Pair.AppB.NextAsync("/topic/ab"), "type"));
        await PublishAsync("pubsub/routed", Json("1"));
        await Pair.AppB.NextAsync("/topic/routed-default");
    }

    [Theory]
    [InlineData("text/plain", "hello", "data", "\"hello\"", "text/plain")]
    [InlineData(null, """{"a":1}""", "data", """{"a":1}""", "text/plain")]
    [InlineData("application/json", "{bad", "data", "\"{bad\"", "application/json")]
    [InlineData("application/octet-stream", "\u0000\u0001bin", "data_base64", "\"AAFiaW4=\"", "application/octet-stream")]
    public async Task Content_type_decides_how_data_is_carried(string? contentType, string body, string field, string value, string carried)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = contentType is null ? null : new MediaTypeHeaderValue(contentType);
        await PublishAsync("pubsub/orders", content);
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        var data = delivered.Json.GetProperty(field);
        // Without a content type JSON text is a string like any other.
        Assert.Equal(contentType is null ? body : JsonDocument.Parse(value).RootElement.ToString(), data.GetString());
        Assert.Equal(carried, Field(delivered, "datacontenttype"));
    }

    [Fact]
    public async Task Cloud_event_is_taken_over_and_completed()
    {
        var content = new StringContent(
            """{"specversion":"1.0","id":"my-id","type":"my.type","source":"me","data":{"x":1},"ext":"kept"}""",
            new MediaTypeHeaderValue("application/cloudevents+json"));
        await PublishAsync("pubsub/orders", content);
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        Assert.Equal("my-id", Field(delivered, "id"));
        Assert.Equal("my.type", Field(delivered, "type"));
        Assert.Equal("me", Field(delivered, "source"));
        Assert.Equal("kept", Field(delivered, "ext"));
        Assert.Equal("orders", Field(delivered, "topic"));
        Assert.Equal("pubsub", Field(delivered, "pubsubname"));
        Assert.True(delivered.Json.TryGetProperty("time", out _));
    }

    [Fact]
    public async Task Cloud_event_without_id_and_type_is_accepted_and_stays_without_id()
    {
        await PublishAsync("pubsub/orders", new StringContent("""{"data":1}""", new MediaTypeHeaderValue("application/cloudevents+json")));
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        Assert.False(delivered.Json.TryGetProperty("id", out _));
        Assert.Equal("com.dapr.event.sent", Field(delivered, "type"));
        Assert.Equal("Dapr", Field(delivered, "source"));
    }

    [Fact]
    public async Task Metadata_overrides_fields_and_sets_the_expiration()
    {
        await PublishAsync(
            "pubsub/orders?metadata.cloudevent.id=i1&metadata.cloudevent.source=s1&metadata.cloudevent.type=t1&metadata.ttlInSeconds=30", Json("1"));
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        Assert.Equal("i1", Field(delivered, "id"));
        Assert.Equal("s1", Field(delivered, "source"));
        Assert.Equal("t1", Field(delivered, "type"));
        Assert.Matches("Z$", Field(delivered, "expiration"));
    }

    [Fact]
    public async Task Raw_payload_is_delivered_as_it_is()
    {
        await PublishAsync("pubsub/orders?metadata.rawPayload=true", Json("""{"raw":1}"""));
        var delivered = await Pair.AppB.NextAsync("/topic/orders");
        Assert.Equal("""{"raw":1}""", delivered.Body);
        Assert.Equal("true", delivered.Header("Rawpayload"));
        Assert.Equal("application/cloudevents+json", delivered.Header("Content-Type"));
    }

    [Fact]
    public async Task Raw_subscriber_gets_everything_wrapped_as_bytes()
    {
        await PublishAsync("pubsub/rawsub?metadata.rawPayload=true", Json("""{"raw":1}"""));
        var delivered = await Pair.AppB.NextAsync("/topic/rawsub");
        Assert.Equal("""{"raw":1}""", Encoding.UTF8.GetString(delivered.Json.GetProperty("data_base64").GetBytesFromBase64()));
        Assert.Equal("application/octet-stream", Field(delivered, "datacontenttype"));
        Assert.Equal("Dapr", Field(delivered, "source"));
        await PublishAsync("pubsub/rawsub", Json("7"));
        var wrapped = JsonDocument.Parse((await Pair.AppB.NextAsync("/topic/rawsub")).Json.GetProperty("data_base64").GetBytesFromBase64());
        Assert.Equal(7, wrapped.RootElement.GetProperty("data").GetInt32());
    }

    [Fact]
    public async Task Unknown_pubsub_is_404_and_no_subscriber_is_204()
    {
        using var unknown = await A.PostAsync("/v1.0/publish/nopubsub/t", Json("1"));
        await AssertErrorAsync(unknown, 404, "ERR_PUBSUB_NOT_FOUND", "pubsub nopubsub is not found");
        Assert.Equal("DAPR_PUBSUB_NOT_FOUND", (await ReadJsonAsync(unknown)).GetProperty("details")[0].GetProperty("reason").GetString());
        await PublishAsync("pubsub/nobody-listens", Json("1"));
    }

    [Fact]
    public async Task Body_over_the_limit_is_refused()
    {
        using var response = await A.PostAsync("/v1.0/publish/pubsub/nobody-listens", new ByteArrayContent(new byte[4_196_000]));
        await AssertErrorAsync(response, 500, "ERR_PUBSUB_PUBLISH_MESSAGE", "stream too large");
        // The limit is not exact.
        await PublishAsync("pubsub/nobody-listens", new ByteArrayContent(new byte[(4 * 1024 * 1024) + 1]));
    }

    [Theory]
    [InlineData(200, "")]
    [InlineData(200, "not json")]
    [InlineData(200, "{}")]
    [InlineData(204, "")]
    [InlineData(200, """{"status":"SUCCESS"}""")]
    public async Task Success_is_delivered_once(int status, string body)
    {
        Pair.AppB.Answer("/topic/failing", status, body);
        await PublishAsync("pubsub/failing", Json("1"));
        await Pair.AppB.NextAsync("/topic/failing");
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/failing", 0.4));
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/dead", 0.1));
    }

    [Theory]
    [InlineData(200, """{"status":"RETRY"}""")]
    [InlineData(200, """{"status":"WHATEVER"}""")]
    [InlineData(302, "")]
    [InlineData(400, "")]
    [InlineData(500, "")]
    [InlineData(503, "")]
    public async Task Failure_is_retried_as_the_inbound_policy_says_and_then_dead_lettered(int status, string body)
    {
        Pair.AppB.Answer("/topic/failing", status, body);
        await PublishAsync("pubsub/failing?metadata.cloudevent.id=" + Unique("e"), Json("1"));
        var first = await Pair.AppB.NextAsync("/topic/failing");
        var previous = first;
        for (var retry = 0; retry < 3; retry++)
        {
            var next = await Pair.AppB.NextAsync("/topic/failing");
            Assert.Equal(first.Body, next.Body);
            Assert.InRange((next.At - previous.At).TotalMilliseconds, 100, 5000);
            previous = next;
        }

        var dead = await Pair.AppB.NextAsync("/topic/dead");
        Assert.Equal(Field(first, "id"), Field(dead, "id"));
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/failing", 0.4));
    }

    [Fact]
    public async Task Failure_without_a_policy_is_dead_lettered_at_once()
    {
        Pair.AppB.Answer("/topic/bare-failing", 500);
        await PublishAsync("bare/bare-failing", Json("1"));
        var first = await Pair.AppB.NextAsync("/topic/bare-failing");
        Assert.Equal(Field(first, "id"), Field(await Pair.AppB.NextAsync("/topic/bare-dead"), "id"));
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/bare-failing", 0.4));
    }

    [Fact]
    public async Task Drop_goes_to_the_dead_letter_topic_without_a_retry()
    {
        Pair.AppB.Answer("/topic/dropping", 200, """{"status":"DROP"}""");
        await PublishAsync("pubsub/dropping", Json("1"));
        var first = await Pair.AppB.NextAsync("/topic/dropping");
        Assert.Equal(Field(first, "id"), Field(await Pair.AppB.NextAsync("/topic/dead"), "id"));
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/dropping", 0.4));
    }

    [Fact]
    public async Task Not_found_goes_to_the_dead_letter_topic_without_a_retry()
    {
        Pair.AppB.Answer("/topic/unhandled", 404);
        await PublishAsync("pubsub/unhandled", Json("1"));
        var first = await Pair.AppB.NextAsync("/topic/unhandled");
        Assert.Equal(Field(first, "id"), Field(await Pair.AppB.NextAsync("/topic/dead"), "id"));
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/unhandled", 0.4));
    }

    [Fact]
    public async Task Slow_handler_does_not_hold_up_the_others()
    {
        var release = new TaskCompletionSource();
        Pair.AppB.On(
            "/topic/prog",
            context =>
                ((string)context.Items["body"]!).Contains("\"slow\"", StringComparison.Ordinal)
                    ? release.Task.WaitAsync(TimeSpan.FromSeconds(20))
                    : Task.CompletedTask);
        await PublishAsync("pubsub/prog", Json("\"slow\""));
        await Pair.AppB.NextAsync("/topic/prog");
        await PublishAsync("pubsub/prog", Json("\"quick\""));
        Assert.Equal("quick", (await Pair.AppB.NextAsync("/topic/prog")).Json.GetProperty("data").GetString());
        release.SetResult();
    }

    [Fact]
    public async Task Bulk_subscriber_gets_several_events_in_one_call_and_answers_for_each()
    {
        var done = new ConcurrentDictionary<string, int>();
        Pair.AppB.On("/topic/many", async context =>
        {
            using var body = JsonDocument.Parse((string)context.Items["body"]!);
            var statuses = body.RootElement.GetProperty("entries").EnumerateArray().Select(entry =>
            {
                var data = entry.GetProperty("event").GetProperty("data").GetString()!;
                var times = done.AddOrUpdate(data, 1, (_, n) => n + 1);
                var status = data switch { "bad" => "DROP", "late" when times == 1 => "RETRY", _ => "SUCCESS" };
                return $$"""{"entryId":"{{entry.GetProperty("entryId").GetString()}}","status":"{{status}}"}""";
            });
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync($$"""{"statuses":[{{string.Join(',', statuses)}}]}""");
        });
        string[] all = ["late", "bad", .. Enumerable.Range(0, 40).Select(i => $"e{i}")];
        await Task.WhenAll(all.Select(data => PublishAsync("pubsub/many", Json($"\"{data}\""))));

        var calls = new List<JsonElement>();
        // A call is remembered before it is handled.
        await UntilAsync(() => done.Count == all.Length && done["late"] == 2);
        while (!await Pair.AppB.IsQuietAsync("/topic/many", 0.1))
        {
            var call = await Pair.AppB.NextAsync("/topic/many");
            Assert.Equal("application/json", call.Header("Content-Type"));
            calls.Add(call.Json);
        }

        Assert.All(calls, call => Assert.InRange(call.GetProperty("entries").GetArrayLength(), 1, 10));
        Assert.All(done, d => Assert.Equal(d.Key == "late" ? 2 : 1, d.Value));
        var entry = calls[0].GetProperty("entries")[0];
        Assert.Equal("application/cloudevents+json", entry.GetProperty("contentType").GetString());
        Assert.Equal("many", entry.GetProperty("event").GetProperty("topic").GetString());
        Assert.Equal("bad", (await Pair.AppB.NextAsync("/topic/dead")).Json.GetProperty("data").GetString());
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/dead", 0.2));
    }

    [Fact]
    public async Task Bulk_entry_without_a_status_among_others_is_tried_again()
    {
        var calls = 0;
        Pair.AppB.On("/topic/many", async context =>
        {
            using var body = JsonDocument.Parse((string)context.Items["body"]!);
            var id = body.RootElement.GetProperty("entries")[0].GetProperty("entryId").GetString();
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                Interlocked.Increment(ref calls) == 1
                    ? """{"statuses":[{"entryId":"another","status":"SUCCESS"}]}"""
                    : $$"""{"statuses":[{"entryId":"{{id}}","status":"SUCCESS"}]}""");
        });
        await PublishAsync("pubsub/many", Json("1"));
        await Pair.AppB.NextAsync("/topic/many");
        await Pair.AppB.NextAsync("/topic/many");
        Assert.True(await Pair.AppB.IsQuietAsync("/topic/many", 0.4));
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
            await Task.Delay(10, limit.Token);
    }

    private async Task PublishAsync(string target, HttpContent content)
    {
        using var response = await A.PostAsync("/v1.0/publish/" + target, content);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }

    private static string Field(TestApp.Recorded delivered, string name) => delivered.Json.GetProperty(name).GetString()!;
}
