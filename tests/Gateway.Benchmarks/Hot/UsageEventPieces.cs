using System.Text.Json;
using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Names;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;
using Gateway.Local.Sidecar;
using Gateway.Local.Sidecar.PubSub;

namespace Gateway.Benchmarks.Hot;

/// <summary>The way of a usage event, of which there is one a request: to a line of the outbox, and from its delivery to what accounts count.</summary>
internal static class UsageEventPieces
{
    public static IReadOnlyList<HotPiece> All { get; } = Pieces();

    private static HotPiece[] Pieces()
    {
        var rates = new PerMillion { Input = 3, Output = 15, CacheRead = 0.3m, CacheWrite5m = 3.75m, CacheWrite1h = 6 };
        var e = SampleEvent.Of("req_01HOT", "key_01HOT") with
        {
            Time = new DateTimeOffset(2026, 3, 14, 12, 0, 0, TimeSpan.Zero),
            StopReason = "end_turn",
            MessageId = "msg_01HOT",
            Usage = new TokenUsage { InputTokens = 500, OutputTokens = 200, CacheCreationInputTokens = 0, CacheReadInputTokens = 1000 },
            Cost = new Cost { Amount = 0.0048m, Currency = "USD", Price = new Price { Currency = "USD", PerMillion = rates } },
            TimeToFirstTokenMs = 321,
            Source = "0123456789abcdef0123456789abcdef",
            Sequence = 7,
            SequenceOf = "req_01HOT",
            LeaseId = "ingress-0123456789abcdef0123456789abcdef",
        };
        var json = UsageJson.Write(e);
        return
        [
            new("usage-event-write", 1, () => UsageOutbox.Serialize(e)),
            new("usage-event-read", 1, () => UsageEntry.Of(EventReader.Read(json, out _)!, json)),
            Settle(json),
        ];
    }

    /// <summary>
    /// From the bytes of the log to those that an account is handed, without the calls between: the CloudEvents of a bulk, the local sidecar's envelopes,
    /// their reading, and the body of the actor's call, written and read.
    /// </summary>
    private static HotPiece Settle(byte[] json)
    {
        const int Events = 32;
        var line = new OutboxLine(0, json.Length, "req_01HOT", "key_01HOT", json);
        var subscription = new TopicSubscription(ComponentNames.PubSub, Topics.Usage, [], "/events/usage", null, RawPayload: false, Declarative: true);
        var web = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        return new("usage-event-settle", Events, () =>
        {
            var rows = new List<Delivery>(Events);
            using var envelope = new CloudEventEnvelope(ComponentNames.PubSub, Topics.Usage, AppIds.Ingress, DateTimeOffset.UnixEpoch);
            using var events = new PooledBuffer(4096);
            for (var i = 0; i < Events; i++)
            {
                var start = events.Length;
                var published = JsonSerializer.SerializeToUtf8Bytes(new UsageCloudEvent(line), web);
                envelope.Write(events, new Publication(published, CloudEventEnvelope.ContentType, Publication.NoMetadata, IsRaw: false), "");
                rows.Add(new Delivery(
                    i + 1, ComponentNames.PubSub, Topics.Usage, events.Written[start..].ToArray(), "{}", TraceContext.None, null));
            }

            using var body = new PooledBuffer(64 * 1024);
            EventPost.WriteEnvelope(body, rows, subscription);
            EventReader.DataOf(body.Written, out var bulk);
            var entries = bulk!.ConvertAll(entry => UsageEntry.Of(EventReader.Read(entry.Data.Span, out _)!, entry.Data));
            var call = JsonSerializer.SerializeToUtf8Bytes(new UsageBatch { Entries = entries }, web);
            if (JsonSerializer.Deserialize<UsageBatch>(call, web)!.Entries.Count != Events)
                throw new InvalidOperationException("An event was lost.");
        });
    }
}
