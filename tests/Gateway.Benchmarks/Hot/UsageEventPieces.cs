using Gateway.Billing.Usage;
using Gateway.Contracts.Accounts;
using Gateway.Contracts.Catalog;
using Gateway.Contracts.Usage;
using Gateway.Ingress.Outbox;

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
        ];
    }
}
