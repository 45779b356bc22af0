using System.Buffers;
using System.Text.Json;
using Gateway.Benchmarks.Hot;
using Gateway.Billing.Accounts;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;
using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.PubSub;
using Xunit.Abstractions;

namespace Gateway.Tests.Billing;

/// <summary>The bytes of an event on its way from the outbox to the ledger; billing's README has the table.</summary>
public class EventWayTests(ITestOutputHelper output)
{
    private const int Events = 16;
    private const string Trace = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";

    [Fact]
    public void Each_step_has_the_bytes_that_the_page_says()
    {
        var time = new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero);
        var rows = new List<Delivery>();
        var (entries, page) = (new List<UsageEntry>(), new StoredEvents());
        var (json, frame, published, completed) = (0, 0, 0, 0);
        using var envelope = new CloudEventEnvelope(ComponentNames.PubSub, Topics.Usage, AppIds.Ingress, DateTimeOffset.UnixEpoch);
        using var buffer = new PooledBuffer(4096);
        for (var i = 0; i < Events; i++)
        {
            var e = SampleEvent.Of("req_" + Guid.NewGuid().ToString("N")[..24], "key_4QmVXb2s") with
            {
                Time = time.AddSeconds(i),
                StopReason = "end_turn",
                MessageId = "msg_" + Guid.NewGuid().ToString("N")[..24],
                Usage = new TokenUsage { InputTokens = 500 + i, OutputTokens = 200, CacheCreationInputTokens = 0, CacheReadInputTokens = 1000 },
                Cost = new Cost { Amount = 0.0048m, Currency = "USD", Price = BillingRig.Dollars },
                Source = "0123456789abcdef0123456789abcdef",
                Sequence = 7 + i,
                LeaseId = "ingress-0123456789abcdef0123456789abcdef",
            };
            var line = UsageJson.Write(e);
            json += line.Length;
            var record = new ArrayBufferWriter<byte>();
            record.Write(line);
            OutboxRecord.Finish(record, line);
            frame += record.WrittenCount - line.Length;
            var read = new OutboxLine(0, record.WrittenCount, e.RequestId, e.KeyId, line);
            var cloudEvent = JsonSerializer.SerializeToUtf8Bytes(new UsageCloudEvent(read), JsonSerializerOptions.Web);
            published += cloudEvent.Length - line.Length;
            var start = buffer.Length;
            envelope.Write(buffer, new Publication(cloudEvent, CloudEventEnvelope.ContentType, Publication.NoMetadata, IsRaw: false), Trace);
            completed += buffer.Length - start - cloudEvent.Length;
            var data = buffer.Written[start..].ToArray();
            rows.Add(new Delivery(i + 1, ComponentNames.PubSub, Topics.Usage, data, "{}", TraceContext.None, null));
            entries.Add(UsageEntry.Of(e, EventReader.DataOf(data)));
            page.Add(line);
        }

        var subscription = new TopicSubscription(ComponentNames.PubSub, Topics.Usage, [], "/events/usage", null, RawPayload: false, Declarative: true);
        using var body = new PooledBuffer(64 * 1024);
        EventPost.WriteEnvelope(body, rows, subscription);
        var batch = JsonSerializer.SerializeToUtf8Bytes(new UsageBatch { Entries = entries }, JsonSerializerOptions.Web).Length;
        var stored = JsonSerializer.SerializeToUtf8Bytes(page, JsonSerializerOptions.Web).Length;
        var (bulk, base64) = (body.Length - buffer.Length, json / 3 * 4);
        output.WriteLine(
            $"JSON {json / Events}, frame {frame / Events}, CloudEvent {published / Events}, completed {completed / Events}, bulk {bulk / Events}, "
            + $"entry {(batch - base64) / Events}, stored {stored / Events}");
        Assert.InRange(json / Events, 800, 860);
        Assert.InRange(frame / Events, 8, 12);
        Assert.InRange(published / Events, 145, 165);
        Assert.InRange(completed / Events, 205, 235);
        Assert.InRange(bulk / Events, 85, 100);
        Assert.InRange((batch - base64) / Events, 455, 495);
        Assert.InRange(stored / Events, 85, 115);
    }
}
