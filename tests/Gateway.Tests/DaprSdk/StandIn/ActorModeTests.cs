using System.Text.Json;
using System.Text.Json.Serialization;
using Dapr.Actors;
using Dapr.Actors.Client;
using Dapr.Actors.Wire;

namespace Gateway.Tests.DaprSdk.StandIn;

/// <summary>What only the stand-in does: it refuses what the official packages could do in XML, or would fail at later.</summary>
public partial class ActorModeTests
{
    [Fact]
    public void Remoting_in_XML_is_refused_with_the_way_out()
    {
        var thrown = Assert.Throws<NotSupportedException>(() => ActorProxy.Create<ICounterActor>(new ActorId("x"), "CounterActor"));
        Assert.Contains("UseJsonSerialization", thrown.Message);
    }

    [Fact]
    public async Task A_host_without_JSON_remoting_says_so_to_the_caller()
    {
        await using var world = await ActorWorld.StartAsync(o => o.UseJsonSerialization = false);
        var factory = new ActorProxyFactory(new ActorProxyOptions { HttpEndpoint = world.Sidecar.Url, UseJsonSerialization = true });

        var thrown = await Assert.ThrowsAsync<ActorMethodInvocationException>(() => factory.CreateActorProxy<ICounterActor>(new ActorId("x"), "CounterActor").ClearAsync());
        Assert.Contains("UseJsonSerialization", thrown.InnerException!.Message);
    }

    [Fact]
    public void Options_that_know_only_their_own_types_are_refused()
    {
        var options = new ActorProxyOptions { UseJsonSerialization = true, JsonSerializerOptions = new JsonSerializerOptions { TypeInfoResolver = OwnTypes.Default } };
        Assert.Throws<NotSupportedException>(() => new ActorProxyFactory(options).CreateActorProxy<ICounterActor>(new ActorId("x"), "CounterActor"));
    }

    [Fact]
    public void Interfaces_that_are_not_public_are_refused()
    {
        var factory = new ActorProxyFactory(new ActorProxyOptions { UseJsonSerialization = true });
        Assert.Throws<ArgumentException>(() => factory.CreateActorProxy<IHidden>(new ActorId("x"), "T"));
    }

    [Fact]
    public void Ids_are_CRC_64_of_the_names()
    {
        Assert.Equal(0x62EC59E3F1A4F00AUL, Crc64.Of("123456789"u8));
        Assert.Equal(182199035, ActorInterface.Of(typeof(ICounter)).Id);
    }

    [Theory]
    [InlineData("1h2m3s4ms", 3723004)]
    [InlineData("@every 1h30m", 5400000)]
    [InlineData("@every 1.5s", 1500)]
    [InlineData("@daily", 86400000)]
    [InlineData("", -1)]
    public void Durations_are_read_in_Daprs_spellings(string text, double milliseconds) =>
        Assert.Equal(milliseconds, DaprDuration.Parse(text).TotalMilliseconds);

    [Fact]
    public void Durations_count_days_in_hours() => Assert.Equal("49h0m0s5ms", DaprDuration.Format(new TimeSpan(2, 1, 0, 0, 5)));

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"other":1,"value":{}}""")]
    [InlineData("""{"value":[]}""")]
    public void Bodies_that_do_not_begin_with_the_value_are_refused(string body) =>
        Assert.ThrowsAny<JsonException>(() => RemotingBody.With(JsonSerializerOptions.Web).ReadRequest(ActorInterface.Of(typeof(ICounter)).Methods[0], System.Text.Encoding.UTF8.GetBytes(body)));

    internal interface IHidden : IActor
    {
        Task A();
    }

    [JsonSerializable(typeof(AddRequest))]
    private sealed partial class OwnTypes : JsonSerializerContext;
}
