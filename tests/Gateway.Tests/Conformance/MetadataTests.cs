using System.Net;

namespace Gateway.Tests.Conformance;

[Trait(ConformanceTests.Daprd, "1.17.13")]
public sealed class MetadataTests(SharedSidecarPair shared) : ConformanceTests(shared)
{
    [Theory]
    [InlineData("/v1.0/healthz")]
    [InlineData("/v1.0/healthz/outbound")]
    public async Task Healthy_sidecar_says_204(string path) =>
        Assert.Equal(HttpStatusCode.NoContent, (await GetAsync(A, path)).StatusCode);

    [Fact]
    public async Task Metadata_names_components_subscriptions_actors_and_the_app()
    {
        using var response = await GetAsync(B, "/v1.0/metadata");
        var metadata = await ReadJsonAsync(response);
        Assert.Equal("b", metadata.GetProperty("id").GetString());
        Assert.True(Version.TryParse(metadata.GetProperty("runtimeVersion").GetString(), out _));
        var components = metadata.GetProperty("components").EnumerateArray().Select(c => c.GetProperty("name").GetString()).ToList();
        Assert.Contains("sqlstore", components);
        Assert.Contains("actorstore", components);
        Assert.DoesNotContain("storeofa", components);
        var subscriptions = metadata.GetProperty("subscriptions")
            .EnumerateArray().ToDictionary(s => (s.GetProperty("pubsubname").GetString(), s.GetProperty("topic").GetString()));
        Assert.Equal("DECLARATIVE", subscriptions[("pubsub", "orders")].GetProperty("type").GetString());
        Assert.Equal("/topic/orders", subscriptions[("pubsub", "orders")].GetProperty("rules")[0].GetProperty("path").GetString());
        Assert.Equal("PROGRAMMATIC", subscriptions[("pubsub", "failing")].GetProperty("type").GetString());
        Assert.Equal("dead", subscriptions[("pubsub", "failing")].GetProperty("deadLetterTopic").GetString());
        Assert.Equal(Pair.AppB.Address.Port, metadata.GetProperty("appConnectionProperties").GetProperty("port").GetInt32());
        var runtime = metadata.GetProperty("actorRuntime");
        Assert.Equal("RUNNING", runtime.GetProperty("runtimeStatus").GetString());
        Assert.True(runtime.GetProperty("hostReady").GetBoolean());
        Assert.Equal("placement: connected", runtime.GetProperty("placement").GetString());
    }

    [Fact]
    public async Task Metadata_takes_labels()
    {
        using var set = await A.PutAsync("/v1.0/metadata/mykey", new StringContent("my value"));
        Assert.Equal(HttpStatusCode.NoContent, set.StatusCode);
        using var response = await GetAsync(A, "/v1.0/metadata");
        Assert.Equal("my value", (await ReadJsonAsync(response)).GetProperty("extended").GetProperty("mykey").GetString());
    }

    [Fact]
    public async Task App_is_asked_for_its_configuration_and_subscriptions()
    {
        var config = await Pair.AppB.NextAsync("/dapr/config");
        Assert.Equal("GET", config.Method);
        Assert.Equal("b", config.Header("Dapr-App-Id"));
        Assert.Equal("application/json", config.Header("Content-Type"));
        Assert.Equal("Go-http-client/1.1", config.Header("User-Agent"));
        Assert.Equal("GET", (await Pair.AppB.NextAsync("/dapr/subscribe")).Method);
    }
}
