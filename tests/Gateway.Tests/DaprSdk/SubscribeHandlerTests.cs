using Dapr;
using Microsoft.AspNetCore.Builder;

namespace Gateway.Tests.DaprSdk;

public class SubscribeHandlerTests
{
    private static async Task<(string Body, bool HasContentType)> SubscribeAsync(Action<WebApplication> map, SubscribeOptions? options = null)
    {
        await using var app = await TestApp.StartAsync(_ => { }, app =>
        {
            map(app);
            if (options is null) app.MapSubscribeHandler();
            else app.MapSubscribeHandler(options);
        });
        using var response = await app.Http.GetAsync("/dapr/subscribe");
        return (await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(), response.Content.Headers.ContentType is not null);
    }

    [Fact]
    public async Task Subscriptions_are_listed_by_pubsub_and_topic_without_content_type()
    {
        var (body, hasContentType) = await SubscribeAsync(app =>
        {
            app.MapPost("/orders3", () => { }).WithTopic(new TopicOptions { PubsubName = "pubsub", Name = "orders3", Match = "event.type == \"x\"", Priority = 1, DeadLetterTopic = "dead" });
            app.MapPost("/orders", () => { }).WithTopic("pubsub", "orders");
            app.MapPost("/other", () => { });
        });

        Assert.Equal(
            """[{"topic":"orders","pubsubName":"pubsub","route":"orders"},"""
            + """{"topic":"orders3","pubsubName":"pubsub","routes":{"rules":[{"match":"event.type == \u0022x\u0022","path":"orders3"}]},"deadLetterTopic":"dead"}]""", body);
        Assert.False(hasContentType);
    }

    [Fact]
    public async Task Matches_of_one_topic_become_rules_by_priority_with_the_rest_as_default()
    {
        var (body, _) = await SubscribeAsync(app =>
        {
            app.MapPost("/deep/default", () => { }).WithTopic("p", "t");
            app.MapPost("/second", () => { }).WithTopic(new TopicOptions { PubsubName = "p", Name = "t", Match = "b", Priority = 2 });
            app.MapPost("/first", () => { }).WithTopic(new TopicOptions { PubsubName = "p", Name = "t", Match = "a", Priority = 1 });
        });

        Assert.Equal("""[{"topic":"t","pubsubName":"p","routes":{"rules":[{"match":"a","path":"first"},{"match":"b","path":"second"}],"default":"deep/default"}}]""", body);
    }

    [Fact]
    public async Task Metadata_and_raw_payload_are_passed_on()
    {
        var (body, _) = await SubscribeAsync(app =>
        {
            app.MapPost("/a", () => { }).WithTopic("p", "a", true, new Dictionary<string, string> { ["queue"] = "x" });
            app.MapPost("/b", () => { }).WithTopic("p", "b", new Dictionary<string, string> { ["k"] = "v" });
        });
        var (all, _) = await SubscribeAsync(app => app.MapPost("/a", () => { }).WithTopic("p", "a"), new SubscribeOptions { EnableRawPayload = true });

        Assert.Equal(
            """[{"topic":"a","pubsubName":"p","route":"a","metadata":{"queue":"x","rawPayload":"true"}},{"topic":"b","pubsubName":"p","route":"b","metadata":{"k":"v"}}]""", body);
        Assert.Equal("""[{"topic":"a","pubsubName":"p","route":"a","metadata":{"rawPayload":"true"}}]""", all);
    }

    [Fact]
    public async Task Topic_attributes_on_handlers_count_and_one_endpoint_may_have_several()
    {
        var (body, _) = await SubscribeAsync(app => app.MapPost("/x", [Topic("p", "one")][Topic("p", "two")] () => { }));

        Assert.Equal("""[{"topic":"one","pubsubName":"p","route":"x"},{"topic":"two","pubsubName":"p","route":"x"}]""", body);
    }

    [Fact]
    public async Task A_parameter_in_the_route_of_a_topic_is_an_error()
    {
        await using var app = await TestApp.StartAsync(_ => { }, app =>
        {
            app.MapPost("/x/{id}", (string id) => id).WithTopic("p", "t");
            app.MapSubscribeHandler();
        });

        Assert.Equal(500, (int)(await app.Http.GetAsync("/dapr/subscribe")).StatusCode);
    }

    [Fact]
    public async Task Empty_names_are_refused()
    {
        await using var app = await TestApp.StartAsync(_ => { }, app =>
        {
            var endpoint = app.MapPost("/x", () => { });
            Assert.Equal("pubsubName", Assert.Throws<ArgumentNullException>(() => endpoint.WithTopic(null!, "t")).ParamName);
            Assert.StartsWith("The value cannot be null or empty", Assert.Throws<ArgumentException>(() => endpoint.WithTopic("p", "")).Message);
        });
    }
}
