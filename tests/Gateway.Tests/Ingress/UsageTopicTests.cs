using Dapr.Client;
using Gateway.Benchmarks.Hot;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress;
using Gateway.Ingress.Outbox;
using Gateway.Tests.Conformance;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>What subscribers to the usage topic get, through the outbox and a sidecar.</summary>
public sealed class UsageTopicTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-outbox-").FullName;
    private readonly OwnRuntime _own = new();
    private TestApp _app = null!;
    private DaprClient _dapr = null!;

    public async Task InitializeAsync()
    {
        _app = await TestApp.StartAsync(null, subscribe: $$"""[{"pubsubname":"{{ComponentNames.PubSub}}","topic":"{{Topics.Usage}}","route":"/usage"}]""");
        await _own.StartAsync();
        await _own.AttachAsync("b", _app);
        _dapr = new DaprClientBuilder()
            .UseHttpEndpoint(_own.Runtime.HttpEndpoint("a").ToString()).UseGrpcEndpoint(_own.Runtime.GrpcEndpoint("a").ToString())
            .Build();
    }

    public async Task DisposeAsync()
    {
        _dapr.Dispose();
        await _own.DisposeAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [OwnRuntimeFact]
    public async Task An_event_published_with_others_looks_as_one_published_by_itself()
    {
        var alone = await PublishAsync(1);
        var together = await PublishAsync(64);
        string[] names =
        [
            "data", "datacontenttype", "id", "pubsubname", "source", "specversion", "time", "topic", "traceid", "traceparent", "tracestate",
            "type",
        ];
        Assert.Equal(names, alone.Json.EnumerateObject().Select(p => p.Name));
        Assert.Equal(names, together.Json.EnumerateObject().Select(p => p.Name));
        foreach (var name in names.Where(n => n is not ("time" or "data")))
            Assert.Equal(alone.Json.GetProperty(name).ToString(), together.Json.GetProperty(name).ToString());
        Assert.Equal(WithoutNumber(alone), WithoutNumber(together));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", together.Json.GetProperty("time").GetString());
        Assert.Equal(
            ("req_\"1+", AppIds.Ingress, EventTypes.UsageRecorded, "application/json", "1.0"),
            (Text(together, "id"), Text(together, "source"), Text(together, "type"), Text(together, "datacontenttype"), Text(together, "specversion")));
        Assert.Equal(System.Text.Encoding.UTF8.GetString(UsageJson.Write(Event)), WithoutNumber(together));
        Assert.Equal(alone.Header("Content-Type"), together.Header("Content-Type"));
    }

    private static UsageEvent Event => SampleEvent.Of("req_\"1+", "key_1") with
    {
        Time = DateTimeOffset.UnixEpoch,
        Metadata = new Dictionary<string, string> { ["team"] = "ä \"<&+" },
    };

    /// <summary>The event as it was appended: each run of an outbox numbers under a name of its own.</summary>
    private static string WithoutNumber(TestApp.Recorded delivered)
    {
        var data = delivered.Json.GetProperty("data");
        Assert.Equal((1, "req_\"1+"), (data.GetProperty("sequence").GetInt64(), data.GetProperty("sequence_of").GetString()));
        return System.Text.Encoding.UTF8.GetString(UsageJson.Write(
            System.Text.Json.JsonSerializer.Deserialize(data.GetRawText(), UsageJson.Default.UsageEvent)! with
            {
                Source = null,
                Sequence = null,
                SequenceOf = null,
            }));
    }

    private static string? Text(TestApp.Recorded delivered, string name) => delivered.Json.GetProperty(name).GetString();

    private async Task<TestApp.Recorded> PublishAsync(int ahead)
    {
        await using var outbox = new UsageOutbox(OutboxSlot.Take(_directory), sync: false, NullLogger.Instance);
        var publisher = new OutboxPublisher(
            _dapr, outbox, new Quarantine(Path.Combine(_directory, "quarantine")),
            new IngressOptions { OutboxDirectory = _directory, PublishAhead = ahead }, TimeProvider.System, NullLogger<OutboxPublisher>.Instance);
        await outbox.AppendAsync(Event);
        await publisher.StartAsync(default);
        var delivered = await _app.NextAsync("/usage");
        // Stopped in the middle of its call, it would publish the event once more.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (outbox.Waiting > 0)
            await Task.Delay(10, limit.Token);
        await publisher.StopAsync(default);
        return delivered;
    }
}
