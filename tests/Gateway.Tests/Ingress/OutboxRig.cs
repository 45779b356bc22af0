using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Dapr.Client;
using Gateway.Benchmarks.Hot;
using Gateway.Contracts.Usage;
using Gateway.Ingress;
using Gateway.Ingress.Outbox;
using Gateway.Tests.LocalSidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Tests.Ingress;

/// <summary>
/// A folder for outboxes, and a broker that can be away or refuse, and that takes events over HTTP and, as the official client sends them, over
/// gRPC.
/// </summary>
internal sealed class OutboxRig : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private WebApplication _broker = null!;

    /// <summary>Calls that still fail.</summary>
    public int Failing;

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("gateway-outbox-").FullName;

    /// <summary>Request ids of the events taken, in their order.</summary>
    public ConcurrentQueue<string> Published { get; } = new();

    public ConcurrentQueue<string> Events { get; } = new();

    /// <summary>How many events each bulk had.</summary>
    public ConcurrentQueue<int> Bulks { get; } = new();

    /// <summary>How often an event of a bulk is still not taken, by request id.</summary>
    public ConcurrentDictionary<string, int> Refused { get; } = new();

    /// <summary>The gRPC status with which an event is answered, by request id.</summary>
    public ConcurrentDictionary<string, int> Statuses { get; } = new();

    public bool Away { get; set; }

    public DaprClient Dapr { get; private set; } = null!;

    public Quarantine Quarantine => QuarantineOf(Directory);

    public async Task StartAsync()
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
        Dapr = new DaprClientBuilder().UseHttpEndpoint(urls[0]).UseGrpcEndpoint(urls[1]).Build();
    }

    public async ValueTask DisposeAsync()
    {
        Dapr.Dispose();
        await _broker.DisposeAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>Of gRPC; 0: taken.</summary>
    private async Task<int> StatusOfAsync(byte[] data)
    {
        using var json = JsonDocument.Parse(data);
        var status = Statuses.GetValueOrDefault(json.RootElement.GetProperty("request_id").GetString()!);
        return status > 0 || await TakeAsync(new MemoryStream(data)) ? status : 13;
    }

    private async Task<bool> TakeAsync(Stream body)
    {
        using var json = await JsonDocument.ParseAsync(body);
        if (Away || Interlocked.Decrement(ref Failing) >= 0)
            return false;
        Take(json.RootElement);
        return true;
    }

    private void Take(JsonElement e)
    {
        Events.Enqueue(e.GetRawText());
        Published.Enqueue(e.GetProperty("request_id").GetString()!);
    }

    /// <summary>Null: the call fails. Else those that were not taken.</summary>
    private List<string>? TakeMany(List<(string Id, JsonElement Event)> entries)
    {
        if (Away || Interlocked.Decrement(ref Failing) >= 0
            || entries.Exists(e => Statuses.ContainsKey(e.Event.GetProperty("data").GetProperty("request_id").GetString()!)))
            return null;
        Bulks.Enqueue(entries.Count);
        var failed = new List<string>();
        foreach (var (id, e) in entries)
        {
            var data = e.GetProperty("data");
            if (Refused.AddOrUpdate(data.GetProperty("request_id").GetString()!, -1, (_, times) => times - 1) >= 0)
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

    public UsageOutbox Outbox() => new(OutboxSlot.Take(Directory), sync: true, NullLogger.Instance);

    public OutboxPublisher Publisher(UsageOutbox outbox, int ahead = 1, string? directory = null) =>
        new(
            Dapr, outbox, QuarantineOf(directory ?? Directory),
            new IngressOptions { OutboxDirectory = directory ?? Directory, PublishAhead = ahead }, TimeProvider.System, NullLogger<OutboxPublisher>.Instance);

    public List<QuarantinedEvent> Aside
    {
        get
        {
            var quarantine = QuarantineOf(Directory);
            return [.. quarantine.List().Select(e => Quarantine.WithBody(quarantine.Find(e.Id)!.Value))];
        }
    }

    public static Quarantine QuarantineOf(string directory) => new(Path.Combine(directory, "quarantine"));

    public async Task<HealthCheckResult> CheckAsync(UsageOutbox outbox, OutboxPublisher publisher) =>
        await new OutboxCheck(outbox, publisher, QuarantineOf(Directory)).CheckHealthAsync(new HealthCheckContext());

    public static byte[] Record(int i)
    {
        var record = new ArrayBufferWriter<byte>();
        var json = UsageJson.Write(Event(i));
        record.Write(json);
        OutboxRecord.Finish(record, json);
        return record.WrittenSpan.ToArray();
    }

    public static UsageEvent Event(int i) =>
        SampleEvent.Of($"req_{i}", "key_1") with { Time = DateTimeOffset.UnixEpoch, Usage = new TokenUsage { OutputTokens = i } };

    public static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(10, limit.Token);
    }
}
