using System.Collections.Concurrent;
using System.Text.Json;
using Dapr.Client;
using Gateway.Contracts.Usage;
using Gateway.Ingress;
using Gateway.Ingress.Outbox;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>The outbox against a broker that can be away. (Under the full feed the client publishes by gRPC: EndToEnd covers that.)</summary>
public sealed class UsageOutboxTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-outbox-").FullName;
    private readonly ConcurrentQueue<string> _published = new();
    private WebApplication _broker = null!;
    private DaprClient _dapr = null!;
    private volatile bool _away;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _broker = builder.Build();
        _broker.MapPost("/v1.0/publish/pubsub/usage", async (HttpContext context) =>
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body);
            if (_away)
            {
                context.Response.StatusCode = 500;
                return;
            }

            _published.Enqueue(body.RootElement.GetProperty("request_id").GetString()!);
            context.Response.StatusCode = 204;
        });
        await _broker.StartAsync();
        _dapr = new DaprClientBuilder().UseHttpEndpoint(_broker.Urls.First()).Build();
    }

    public async Task DisposeAsync()
    {
        _dapr.Dispose();
        await _broker.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Events_are_published_in_order_and_the_log_is_cleared_by_the_next_start()
    {
        await using (var outbox = Outbox())
        {
            var publisher = Publisher(outbox);
            await publisher.StartAsync(default);
            for (var i = 0; i < 200; i++)
                await outbox.AppendAsync(Event(i));
            await Until(() => _published.Count == 200);
            await publisher.StopAsync(default);
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"req_{i}"), _published);
        await using var next = Outbox();
        var again = Publisher(next);
        await again.StartAsync(default);
        await next.AppendAsync(Event(200));
        await Until(() => _published.Count == 201);
        await again.StopAsync(default);
        Assert.Single(Directory.EnumerateFiles(next.Directory, "*.jsonl"));
    }

    [Fact]
    public async Task While_the_broker_is_away_events_wait_and_then_all_arrive()
    {
        _away = true;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < 50; i++)
            await outbox.AppendAsync(Event(i)).WaitAsync(Timeout);
        Assert.Empty(_published);
        _away = false;
        await Until(() => _published.Distinct().Count() == 50);
        await publisher.StopAsync(default);
    }

    [Fact]
    public async Task What_a_dead_process_left_behind_is_published_by_the_next_and_a_torn_line_is_passed_over()
    {
        // As a kill leaves it: a slot without a lock, a segment whose last line was never finished.
        var slot = Directory.CreateDirectory(Path.Combine(_directory, "slot-7")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(slot, "00000003.jsonl"), [.. UsageJson.Write(Event(1)), (byte)'\n', .. UsageJson.Write(Event(2)), (byte)'\n', .. UsageJson.Write(Event(3)).AsSpan(0, 40)]);
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => _published.Count == 2);
        await Until(() => !File.Exists(Path.Combine(slot, "00000003.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal(["req_1", "req_2"], _published);
    }

    [Fact]
    public async Task Two_processes_on_one_directory_take_different_slots()
    {
        await using var first = Outbox();
        await using var second = Outbox();
        Assert.NotEqual(first.Directory, second.Directory);
    }

    private UsageOutbox Outbox() => new(OutboxSlot.Take(_directory), sync: true);

    private OutboxPublisher Publisher(UsageOutbox outbox) =>
        new(_dapr, outbox, new IngressOptions { OutboxDirectory = _directory }, NullLogger<OutboxPublisher>.Instance);

    private static UsageEvent Event(int i) => new()
    {
        RequestId = $"req_{i}",
        KeyId = "key_1",
        Time = DateTimeOffset.UnixEpoch,
        Surface = "/v1/messages",
        RequestedModel = "m",
        Model = "m",
        Provider = "p",
        UpstreamModel = "m",
        Stream = false,
        Outcome = RequestOutcome.Completed,
        Status = 200,
        Usage = new TokenUsage { OutputTokens = i },
        LatencyMs = 1,
        Attempts = 1,
    };

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Timeout);
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
