using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Gateway.Contracts.Usage;
using Gateway.Ingress;
using Gateway.Ingress.Endpoints;
using Gateway.Ingress.Outbox;
using Gateway.Tests.LocalSidecar;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
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
    private readonly ConcurrentDictionary<string, int> _statuses = new();
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
            if (await StatusOfAsync(data) is > 0 and var status)
            {
                context.Response.Headers["grpc-status"] = status.ToString();
                context.Response.Headers["grpc-message"] = "no";
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
            .Order().SelectMany(File.ReadLines).Select(l => UsageJson.Read(Encoding.UTF8.GetBytes(l.Split('\t')[0]))!)
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
        // After a bulk that failed the first goes alone until it is taken, and the rest in bulks.
        Assert.Equal([8, 8, 3], _bulks);
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
        Assert.Equal(["req_0", "req_1", "req_2", "req_4", "req_6", "req_7", "req_8", "req_9", "req_3", "req_5"], _published);
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
            [.. Record(1), .. Record(2), .. Record(3).AsSpan(0, 40)]);
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => _published.Count == 2);
        await Until(() => !File.Exists(Path.Combine(slot, "00000003.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal(["req_1", "req_2"], _published);
        Assert.Equal(Encoding.UTF8.GetString(Record(3).AsSpan(0, 40)), Aside.Single().Body);
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
    public async Task What_a_full_disk_does_not_take_is_held_and_written_in_order_when_it_does()
    {
        var fails = true;
        await using var outbox = new UsageOutbox(OutboxSlot.Take(_directory), sync: false, NullLogger.Instance, path => new FullDisk(path, () => fails));
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < UsageOutbox.MaxHeld; i++)
        {
            Assert.False(outbox.IsFull);
            Assert.False(await outbox.AppendAsync(Event(i)).WaitAsync(Timeout));
        }

        // From here on new requests are refused; those that run still add their events.
        Assert.True(outbox.IsFull);
        Assert.False(await outbox.AppendAsync(Event(UsageOutbox.MaxHeld)).WaitAsync(Timeout));
        Assert.StartsWith("the disk takes no usage events (full, or gone); 65 are held", (await CheckAsync(outbox, publisher)).Description);
        Assert.Empty(_published);
        fails = false;
        await Until(() => outbox.Unwritten == 0 && outbox.Waiting == 0);
        Assert.True(await outbox.AppendAsync(Event(UsageOutbox.MaxHeld + 1)).WaitAsync(Timeout));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, UsageOutbox.MaxHeld + 2).Select(i => $"req_{i}"), _published);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(outbox, publisher)).Status);
        Assert.Empty(Aside);
    }

    [Fact]
    public async Task Events_outlive_a_folder_that_vanishes_and_comes_back()
    {
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await outbox.AppendAsync(Event(0));
        await Until(() => outbox.Waiting == 0);
        Directory.Delete(_directory, recursive: true);
        Assert.False(await outbox.AppendAsync(Event(1)).WaitAsync(Timeout));
        Assert.False(await outbox.AppendAsync(Event(2)).WaitAsync(Timeout));
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync(outbox, publisher)).Status);
        Directory.CreateDirectory(_directory);
        await Until(() => outbox.Unwritten == 0 && outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(["req_0", "req_1", "req_2"], _published.Distinct());
    }

    [FactOnSmallDisk]
    public async Task A_disk_that_is_really_full_loses_nothing()
    {
        using var disk = SmallDisk.Mount();
        await using var outbox = new UsageOutbox(OutboxSlot.Take(disk.Path), sync: true, NullLogger.Instance);
        var publisher = Publisher(outbox);
        var filler = Path.Combine(disk.Path, "filler");
        await Assert.ThrowsAsync<IOException>(() => File.WriteAllBytesAsync(filler, new byte[2 * SmallDisk.Bytes]));
        for (var i = 0; outbox.Unwritten < 20; i++)
            await outbox.AppendAsync(Event(i)).WaitAsync(Timeout);
        var appended = 0;
        File.Delete(filler);
        await Until(() => outbox.Unwritten == 0);
        appended = (int)outbox.Waiting;
        await publisher.StartAsync(default);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, appended).Select(i => $"req_{i}"), _published);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task An_event_that_the_broker_refuses_for_good_is_set_aside_and_can_be_replayed(int ahead)
    {
        _statuses["req_3"] = 3;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox, ahead);
        await publisher.StartAsync(default);
        for (var i = 0; i < 10; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        Assert.Equal(Enumerable.Range(0, 10).Where(i => i != 3).Select(i => $"req_{i}"), _published);
        var aside = Aside.Single();
        Assert.Equal(("req_3", "key_1", "InvalidArgument: no"), (aside.RequestId, aside.KeyId, aside.Reason));
        Assert.Equal(HealthStatus.Degraded, (await CheckAsync(outbox, publisher)).Status);

        _statuses.Clear();
        var quarantine = QuarantineOf(_directory);
        var replay = await QuarantineEndpoints.ReplayAsync(aside.Id, quarantine, outbox, NullLogger<UsageOutbox>.Instance);
        Assert.Equal(1, Assert.IsType<Ok<QuarantineReplay>>(replay.Result).Value!.Replayed);
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal("req_3", _published.Last());
        Assert.Empty(Aside);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public async Task A_key_whose_event_is_not_taken_waits_in_order_and_no_other_does(int ahead)
    {
        // Internal: it may be taken later.
        _statuses["req_0"] = 13;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox, ahead);
        await publisher.StartAsync(default);
        for (var i = 0; i < 60; i++)
            await outbox.AppendAsync(Event(i) with { KeyId = i % 2 == 0 ? "key_stuck" : "key_free" });
        await Until(() => _published.Count == 30 && publisher.Held == 30 && outbox.Waiting == 30);
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 2 == 1).Select(i => $"req_{i}"), _published);
        _statuses.Clear();
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 2 == 0).Select(i => $"req_{i}"), _published.Skip(30));
        Assert.Equal((0, 0), (Aside.Count, publisher.Held));
    }

    [Fact]
    public async Task A_topic_that_refuses_everything_does_not_empty_the_outbox_into_the_quarantine()
    {
        for (var i = 0; i < 60; i++)
            _statuses[$"req_{i}"] = 3;
        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        for (var i = 0; i < 60; i++)
            await outbox.AppendAsync(Event(i) with { KeyId = "key_" + i });
        await Until(() => publisher.Held == 60 - EventSender.MaxRefusedInARow);
        Assert.Equal(EventSender.MaxRefusedInARow, Aside.Count);
        _statuses.Clear();
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        Assert.Equal(60 - EventSender.MaxRefusedInARow, _published.Count);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument, "no", true)]
    [InlineData(StatusCode.ResourceExhausted, "grpc: received message larger than max (9 vs. 8)", true)]
    [InlineData(StatusCode.Internal, "kafka server: Message was too large, server rejected it", true)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 400", true)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 413", true)]
    [InlineData(StatusCode.Unavailable, "Bad gRPC response. HTTP status code: 429", false)]
    [InlineData(StatusCode.Unknown, "Bad gRPC response. HTTP status code: 408", false)]
    [InlineData(StatusCode.Internal, "Bad gRPC response. HTTP status code: 500", false)]
    [InlineData(StatusCode.PermissionDenied, "topic usage is not allowed", false)]
    [InlineData(StatusCode.NotFound, "pubsub is not found", false)]
    [InlineData(StatusCode.ResourceExhausted, "slow down", false)]
    [InlineData(StatusCode.Internal, "", false)]
    public void What_no_waiting_helps_with_is_told_from_what_it_does(StatusCode status, string detail, bool isForGood) =>
        Assert.Equal(isForGood, Refusal.Of(new Dapr.DaprException("Publish operation failed", new RpcException(new Status(status, detail)))) is not null);

    /// <summary>Segments as a disk may give them back: whatever is whole is published, what is not is set aside, and reading goes on behind it.</summary>
    [Theory]
    [InlineData("cut off in the last record", "0 1 2 3 4", 1)]
    [InlineData("cut off at a record's end", "0 1 2 3 4", 0)]
    [InlineData("a record zeroed", "0 1 3 4 5", 1)]
    [InlineData("zeroes over the border of two", "0 1 4 5", 1)]
    [InlineData("a bit flipped in a number", "0 1 3 4 5", 1)]
    [InlineData("a bit flipped in a checksum", "0 1 3 4 5", 1)]
    [InlineData("a line's end flipped", "0 1 4 5", 1)]
    [InlineData("a line's end in the middle", "0 1 3 4 5", 2)]
    [InlineData("a record twice", "0 1 2 2 3 4 5", 0)]
    [InlineData("a record without its checksum", "0 1 3 4 5", 1)]
    [InlineData("two megabytes without a line's end before it", "1 2 3 4 5", 2)]
    [InlineData("a foreign file", "", 1)]
    [InlineData("an empty file", "", 0)]
    [InlineData("a mark past the end", "0 1 2 3 4 5", 0)]
    [InlineData("a mark in the middle of a record", "0 1 2 3 4 5", 0)]
    [InlineData("a mark with another number in it", "0 1 2 3 4 5", 0)]
    [InlineData("a mark that is no number", "0 1 2 3 4 5", 0)]
    [InlineData("a mark that is true", "3 4 5", 0)]
    public async Task Damage(string kind, string published, int aside)
    {
        var records = Enumerable.Range(0, 6).Select(Record).ToList();
        byte[] whole = [.. records.SelectMany(r => r)];
        var at = records[0].Length + records[1].Length;
        string? mark = null;
        byte[] content = kind switch
        {
            "cut off in the last record" => whole[..^20],
            "cut off at a record's end" => whole[..^records[5].Length],
            "a record zeroed" => Changed(b => b.AsSpan(at, records[2].Length - 1).Clear()),
            "zeroes over the border of two" => Changed(b => b.AsSpan(at + records[2].Length - 30, 60).Clear()),
            "a bit flipped in a number" => Changed(b => b[at + records[2].AsSpan().IndexOf("\"output_tokens\":2"u8) + 16] ^= 1),
            "a bit flipped in a checksum" => Changed(b => b[at + records[2].Length - 3] ^= 1),
            "a line's end flipped" => Changed(b => b[at + records[2].Length - 1] ^= 1),
            "a line's end in the middle" => Changed(b => b[at + 50] = (byte)'\n'),
            "a record twice" => [.. whole[..(at + records[2].Length)], .. whole[at..]],
            "a record without its checksum" => [.. whole[..(at + records[2].Length - 10)], (byte)'\n', .. whole[(at + records[2].Length)..]],
            "two megabytes without a line's end before it" => [.. new byte[(2 * 1024 * 1024) + 100], .. whole],
            "a foreign file" => [.. "\u007fELF"u8, .. new byte[5000]],
            "an empty file" => [],
            _ => whole,
        };
        mark = kind switch
        {
            "a mark past the end" => MarkOf(whole.Length + 1000),
            "a mark in the middle of a record" => MarkOf(at + 7),
            "a mark with another number in it" => MarkOf(at).Replace('1', '2'),
            "a mark that is no number" => "no number at all, and longer than one",
            "a mark that is true" => MarkOf(at + records[2].Length),
            _ => null,
        };
        var slot = Directory.CreateDirectory(Path.Combine(_directory, "slot-7")).FullName;
        var segment = Path.Combine(slot, "00000001.jsonl");
        await File.WriteAllBytesAsync(segment, content);
        if (mark is not null)
            await File.WriteAllTextAsync(segment + ".published", mark);
        // What comes behind all damage.
        await File.WriteAllBytesAsync(Path.Combine(slot, "00000002.jsonl"), Record(99));

        await using var outbox = Outbox();
        var publisher = Publisher(outbox);
        await publisher.StartAsync(default);
        await Until(() => !File.Exists(segment) && !File.Exists(Path.Combine(slot, "00000002.jsonl")));
        await publisher.StopAsync(default);
        Assert.Equal([.. published.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => $"req_{n}"), "req_99"], _published);
        Assert.Equal(aside, Aside.Count);
        Assert.All(Aside, e => Assert.StartsWith("The record is damaged", e.Reason));

        byte[] Changed(Action<byte[]> change)
        {
            var copy = whole.ToArray();
            change(copy);
            return copy;
        }
    }

    [FactOnUnix]
    [UnsupportedOSPlatform("windows")]
    public async Task Nobody_else_may_read_what_waits()
    {
        _statuses["req_1"] = 3;
        var parent = Path.Combine(_directory, "new");
        await using var outbox = new UsageOutbox(OutboxSlot.Take(parent), sync: false, NullLogger.Instance);
        var publisher = Publisher(outbox, directory: parent);
        await publisher.StartAsync(default);
        for (var i = 0; i < 3; i++)
            await outbox.AppendAsync(Event(i));
        await Until(() => outbox.Waiting == 0);
        await publisher.StopAsync(default);
        foreach (var folder in Directory.EnumerateDirectories(parent, "*", SearchOption.AllDirectories).Append(parent))
            Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
        var files = Directory.EnumerateFiles(parent, "*", SearchOption.AllDirectories).ToList();
        Assert.Equal([".event", ".jsonl", ".published", ""], files.Select(Path.GetExtension).Order(StringComparer.Ordinal).OrderBy(e => e == "" ? 1 : 0));
        Assert.All(files, file => Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_disk_that_fails_for_a_while_does_not_end_publishing()
    {
        await using var outbox = Outbox();
        await outbox.AppendAsync(Event(1));
        // A directory in place of the mark can be neither read nor written.
        var mark = Directory.CreateDirectory(Path.Combine(outbox.Directory, "00000001.jsonl.published"));
        var log = new FirstLine();
        var publisher = new OutboxPublisher(
            _dapr, outbox, QuarantineOf(_directory), new IngressOptions { OutboxDirectory = _directory }, TimeProvider.System, log);
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

    /// <summary>Of gRPC; 0: taken.</summary>
    private async Task<int> StatusOfAsync(byte[] data)
    {
        using var json = JsonDocument.Parse(data);
        var status = _statuses.GetValueOrDefault(json.RootElement.GetProperty("request_id").GetString()!);
        return status > 0 || await TakeAsync(new MemoryStream(data)) ? status : 13;
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
        if (_away || Interlocked.Decrement(ref _failing) >= 0
            || entries.Exists(e => _statuses.ContainsKey(e.Event.GetProperty("data").GetProperty("request_id").GetString()!)))
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

    private UsageOutbox Outbox() => new(OutboxSlot.Take(_directory), sync: true, NullLogger.Instance);

    private OutboxPublisher Publisher(UsageOutbox outbox, int ahead = 1, string? directory = null) =>
        new(
            _dapr, outbox, QuarantineOf(directory ?? _directory),
            new IngressOptions { OutboxDirectory = directory ?? _directory, PublishAhead = ahead }, TimeProvider.System, NullLogger<OutboxPublisher>.Instance);

    private List<QuarantinedEvent> Aside
    {
        get
        {
            var quarantine = QuarantineOf(_directory);
            return [.. quarantine.List().Select(e => Quarantine.WithBody(quarantine.Find(e.Id)!.Value))];
        }
    }

    private static Quarantine QuarantineOf(string directory) => new(Path.Combine(directory, "quarantine"));

    private async Task<HealthCheckResult> CheckAsync(UsageOutbox outbox, OutboxPublisher publisher) =>
        await new OutboxCheck(outbox, publisher, QuarantineOf(_directory)).CheckHealthAsync(new HealthCheckContext());

    private static byte[] Record(int i)
    {
        var record = new ArrayBufferWriter<byte>();
        var json = UsageJson.Write(Event(i));
        record.Write(json);
        OutboxRecord.Finish(record, json);
        return record.WrittenSpan.ToArray();
    }

    private static string MarkOf(long position)
    {
        var digits = position.ToString("D20");
        return $"{digits} {OutboxRecord.Checksum(Encoding.ASCII.GetBytes(digits)):x8}";
    }

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
