using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Gateway.Contracts.Usage;
using Gateway.Ingress;
using Gateway.Ingress.Outbox;
using Gateway.Tests.LocalSidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>The outbox against a broker that can be away, and that takes events over HTTP and, as the official client sends them, over gRPC.</summary>
public sealed class UsageOutboxTests : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-outbox-").FullName;
    private readonly ConcurrentQueue<string> _published = new();
    private readonly ConcurrentQueue<string> _events = new();
    private readonly ConcurrentQueue<int> _bulks = new();
    private readonly ConcurrentDictionary<string, int> _refused = new();
    private WebApplication _broker = null!;
    private DaprClient _dapr = null!;
    private volatile bool _away;
    private int _failing;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _broker = builder.Build();
        _broker.MapPost("/v1.0/publish/pubsub/usage", async (HttpContext context) =>
            context.Response.StatusCode = await TakeAsync(context.Request.Body) ? 204 : 500);
        _broker.MapPost("/dapr.proto.runtime.v1.Dapr/PublishEvent", async (HttpContext context) =>
        {
            using var message = new MemoryStream();
            await context.Request.Body.CopyToAsync(message);
            var data = ProtoBytes.Read(message.ToArray().AsSpan(5)).Single(f => f.Field == 3).Value;
            context.Response.ContentType = "application/grpc";
            if (!await TakeAsync(new MemoryStream(data)))
            {
                context.Response.Headers["grpc-status"] = "13";
                return;
            }

            context.Response.AppendTrailer("grpc-status", "0");
            await context.Response.Body.WriteAsync(GrpcAnswer.Empty);
        });
        foreach (var version in new[] { "v1.0", "v1.0-alpha1" })
            _broker.MapPost($"/{version}/publish/bulk/pubsub/usage", TakeBulkAsync);
        foreach (var method in new[] { "BulkPublishEvent", "BulkPublishEventAlpha1" })
            _broker.MapPost($"/dapr.proto.runtime.v1.Dapr/{method}", TakeGrpcBulkAsync);
        await _broker.StartAsync();
        var urls = _broker.Urls.ToList();
        _dapr = new DaprClientBuilder().UseHttpEndpoint(urls[0]).UseGrpcEndpoint(urls[1]).Build();
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
            await Until(() => outbox.Waiting == 0);
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
    public async Task Events_are_numbered_by_key_under_a_name_of_each_runs_own()
    {
        string directory;
        await using (var outbox = Outbox())
        {
            directory = outbox.Directory;
            await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => outbox.AppendAsync(Event(i) with { KeyId = "key_" + (i % 3) }))));
        }

        await using (var next = Outbox())
            await next.AppendAsync(Event(60) with { KeyId = "key_0" });
        var runs = Directory.EnumerateFiles(directory, "*.jsonl")
            .Order().SelectMany(File.ReadLines).Select(l => UsageJson.Read(System.Text.Encoding.UTF8.GetBytes(l))!)
            .GroupBy(e => e.Source!).ToList();
        Assert.Equal([60, 1], runs.Select(r => r.Count()));
        foreach (var ofKey in runs[0].GroupBy(e => e.KeyId))
            Assert.Equal(Enumerable.Range(1, 20).Select(n => (long?)n), ofKey.Select(e => e.Sequence).Order());
        Assert.Equal(1, runs[1].Single().Sequence);
    }

    [Fact]
    public void Numbers_begin_anew_under_another_name_when_there_are_too_many_keys()
    {
        var numbers = new EventNumbers();
        var (first, _) = numbers.Next("key");
        for (var i = 1; i < EventNumbers.MaxKeys; i++)
            Assert.Equal((first, 1), numbers.Next("key_" + i));
        Assert.Equal((first, 2), numbers.Next("key"));
        var (second, number) = numbers.Next("one too many");
        Assert.NotEqual(first, second);
        Assert.Equal(1, number);
        Assert.Equal((second, 1), numbers.Next("key"));
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
    public async Task Several_are_published_together_in_order_and_again_when_the_call_failed()
    {
        _failing = 3;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox, ahead: 8);
        for (var i = 0; i < 20; i++)
            await outbox.AppendAsync(Event(i));
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"req_{i}"), _published);
        Assert.Equal([8, 8, 4], _bulks);
    }

    [Fact]
    public async Task Of_several_only_those_that_failed_are_sent_again()
    {
        _refused["req_3"] = 2;
        _refused["req_5"] = 1;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox, ahead: 64);
        for (var i = 0; i < 10; i++)
            await outbox.AppendAsync(Event(i));
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(["req_0", "req_1", "req_2", "req_4", "req_6", "req_7", "req_8", "req_9", "req_5", "req_3"], _published);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task Events_from_memory_and_from_the_file_after_a_restart_are_the_same_to_the_byte(int ahead)
    {
        await using (var outbox = Outbox())
        {
            var publisher = Publisher(outbox, ahead);
            await publisher.StartAsync(default);
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => outbox.AppendAsync(Event(i))));
            await Until(() => outbox.Waiting == 0);
            await publisher.StopAsync(default);
            // Without a publisher, as when the process dies.
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => outbox.AppendAsync(Event(i))));
        }

        Assert.Equal(300, _events.Count);
        await using var next = Outbox();
        var again = Publisher(next, ahead);
        await again.StartAsync(default);
        await Until(() => !File.Exists(Path.Combine(next.Directory, "00000001.jsonl")));
        await again.StopAsync(default);
        Assert.Equal(600, _events.Count);
        Assert.Equal(600, _events.Distinct().Count());
        Assert.Equal(
            _events.Take(300).Select(WithoutNumber).Order(StringComparer.Ordinal), _events.Skip(300).Select(WithoutNumber).Order(StringComparer.Ordinal));
    }

    /// <summary>The number is the only thing in which two events of one content differ.</summary>
    private static string WithoutNumber(string e) => System.Text.RegularExpressions.Regex.Replace(e, "\"sequence\":\\d+,", "");

    [Fact]
    public async Task What_does_not_fit_into_memory_is_read_back_and_all_arrive_once_and_in_order()
    {
        _away = true;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox, ahead: 64);
        await publisher.StartAsync(default);
        // Some 8 MB, and one that is longer than a page of memory.
        var filler = new Dictionary<string, string> { ["filler"] = new string('x', 20_000) };
        for (var i = 0; i < 400; i++)
            await outbox.AppendAsync(Event(i) with { Metadata = i == 7 ? new Dictionary<string, string> { ["filler"] = new string('x', 100_000) } : filler });
        _away = false;
        await Until(() => outbox.Waiting == 0);
        // Caught up, it is memory's again.
        for (var i = 400; i < 500; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"req_{i}"), _published);
    }

    [Fact]
    public async Task What_a_dead_process_left_behind_is_published_by_the_next_and_a_torn_line_is_passed_over()
    {
        // As a kill leaves it: a slot without a lock, a segment whose last line was never finished.
        var slot = Directory.CreateDirectory(Path.Combine(_directory, "slot-7")).FullName;
        await File.WriteAllBytesAsync(
            Path.Combine(slot, "00000003.jsonl"),
            [.. UsageJson.Write(Event(1)), (byte)'\n', .. UsageJson.Write(Event(2)), (byte)'\n', .. UsageJson.Write(Event(3)).AsSpan(0, 40)]);
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => _published.Count == 2);
        await Until(() => !File.Exists(Path.Combine(slot, "00000003.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal(["req_1", "req_2"], _published);
    }

    [Fact]
    public async Task A_mark_that_a_crash_left_alone_does_not_pass_over_the_events_of_a_later_segment()
    {
        var slot = Directory.CreateDirectory(Path.Combine(_directory, "slot-0")).FullName;
        await File.WriteAllTextAsync(Path.Combine(slot, "00000001.jsonl.published"), "100000");
        await using var outbox = Outbox();
        Assert.Equal(slot, outbox.Directory);
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await outbox.AppendAsync(Event(1));
        await Until(() => _published.Count == 1);
        await publisher.StopAsync(default);
    }

    [Fact]
    public void A_mark_is_written_over_and_one_that_is_no_number_anew()
    {
        Directory.CreateDirectory(_directory);
        var segment = Path.Combine(_directory, "00000001.jsonl");
        File.WriteAllText(segment + ".published", "no number, and longer than one");
        using (var mark = new PublishedMark(segment))
        {
            Assert.Equal(0, mark.Position);
            mark.MoveTo(99);
            Assert.Equal("99", File.ReadAllText(segment + ".published"));
            mark.MoveTo(1000);
        }

        using var again = new PublishedMark(segment);
        Assert.Equal(1000, again.Position);
        again.MoveTo(12345);
        Assert.Equal("12345", File.ReadAllText(segment + ".published"));
    }

    [Fact]
    public async Task Half_a_line_of_a_write_that_failed_does_not_spoil_the_next_event()
    {
        var fails = true;
        await using var outbox = new UsageOutbox(OutboxSlot.Take(_directory), sync: false, path => new FullDisk(path, () => fails));
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await Assert.ThrowsAsync<IOException>(() => outbox.AppendAsync(Event(1)).WaitAsync(Timeout));
        fails = false;
        await outbox.AppendAsync(Event(2)).WaitAsync(Timeout);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(["req_2"], _published);
    }

    [Fact]
    public async Task A_disk_that_fails_for_a_while_does_not_end_publishing()
    {
        await using var outbox = Outbox();
        await outbox.AppendAsync(Event(1));
        // A directory in place of the mark can be neither read nor written.
        var mark = Directory.CreateDirectory(Path.Combine(outbox.Directory, "00000001.jsonl.published"));
        var log = new FirstLine();
        var publisher = new OutboxPublisher(_dapr, outbox, new IngressOptions { OutboxDirectory = _directory }, log);
        await publisher.StartAsync(default);
        await log.Written.WaitAsync(Timeout);
        await outbox.AppendAsync(Event(2));
        mark.Delete();
        await Until(() => _published.Distinct().Count() == 2);
        await publisher.StopAsync(default);
    }

    [Fact]
    public async Task Two_processes_on_one_directory_take_different_slots()
    {
        await using var first = Outbox();
        await using var second = Outbox();
        Assert.NotEqual(first.Directory, second.Directory);
    }

    private async Task<bool> TakeAsync(Stream body)
    {
        using var json = await JsonDocument.ParseAsync(body);
        if (_away || Interlocked.Decrement(ref _failing) >= 0)
            return false;
        Take(json.RootElement);
        return true;
    }

    private void Take(JsonElement e)
    {
        _events.Enqueue(e.GetRawText());
        _published.Enqueue(e.GetProperty("request_id").GetString()!);
    }

    /// <summary>Null: the call fails. Else those that were not taken.</summary>
    private List<string>? TakeMany(List<(string Id, JsonElement Event)> entries)
    {
        if (_away || Interlocked.Decrement(ref _failing) >= 0)
            return null;
        _bulks.Enqueue(entries.Count);
        var failed = new List<string>();
        foreach (var (id, e) in entries)
        {
            var data = e.GetProperty("data");
            if (_refused.AddOrUpdate(data.GetProperty("request_id").GetString()!, -1, (_, times) => times - 1) >= 0)
                failed.Add(id);
            else
                Take(data);
        }

        return failed;
    }

    private async Task TakeBulkAsync(HttpContext context)
    {
        using var json = await JsonDocument.ParseAsync(context.Request.Body);
        var failed = TakeMany([.. json.RootElement.EnumerateArray().Select(e => (e.GetProperty("entryId").GetString()!, e.GetProperty("event")))]);
        context.Response.StatusCode = failed is [] ? 204 : 500;
        if (failed is { Count: > 0 })
        {
            var entries = string.Join(',', failed.Select(id => $$"""{"entryId":"{{id}}","error":"no"}"""));
            await context.Response.WriteAsync($$"""{"failedEntries":[{{entries}}],"errorCode":"ERR_PUBSUB_PUBLISH_MESSAGE"}""");
        }
    }

    private async Task TakeGrpcBulkAsync(HttpContext context)
    {
        using var message = new MemoryStream();
        await context.Request.Body.CopyToAsync(message);
        var entries = ProtoBytes.Read(message.ToArray().AsSpan(5)).Where(f => f.Field == 3).Select(f => ProtoBytes.Read(f.Value)).ToList();
        var failed = TakeMany(
            [
                .. entries.Select(
                    e => (Encoding.UTF8.GetString(e.Single(f => f.Field == 1).Value), JsonDocument.Parse(e.Single(f => f.Field == 2).Value).RootElement))]);
        context.Response.ContentType = "application/grpc";
        if (failed is null)
        {
            context.Response.Headers["grpc-status"] = "13";
            return;
        }

        var answer = new ProtoBytes();
        foreach (var id in failed)
            answer.Message(1, new ProtoBytes().Text(1, id).Text(2, "no"));
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(answer.Framed());
    }

    private UsageOutbox Outbox() => new(OutboxSlot.Take(_directory), sync: true);

    private OutboxPublisher Publisher(UsageOutbox outbox, int ahead = 1) =>
        new(_dapr, outbox, new IngressOptions { OutboxDirectory = _directory, PublishAhead = ahead }, NullLogger<OutboxPublisher>.Instance);

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

    private sealed class FirstLine : ILogger<OutboxPublisher>
    {
        private readonly TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Written => _written.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _written.TrySetResult();
    }

    /// <summary>A disk that takes half of what it is given and then no more.</summary>
    private sealed class FullDisk(string path, Func<bool> full) : FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(full() ? buffer[..(buffer.Length / 2)] : buffer);
            if (full())
                throw new IOException("No space left on device");
        }
    }
}
