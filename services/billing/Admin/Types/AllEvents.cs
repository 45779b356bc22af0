using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Admin;

/// <summary>A page of the events of all keys.</summary>
internal sealed record AllEvents
{
    /// <summary>The events of this page. With a filter a page may be short, or empty, and still have more.</summary>
    /// <example>
    /// [{"request_id":"req_018EeWyXxfu5pfWkrYcMdjWG","key_id":"key_4QmVXb2s","time":"2026-11-29T08:00:00+00:00","surface":"/v1/messages",
    /// "requested_model":"claude-sonnet-4-5","model":"anthropic/claude-sonnet-4.5","provider":"anthropic","upstream_model":"claude-sonnet-4-5",
    /// "stream":true,"outcome":"completed","status":200,"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":34},
    /// "latency_ms":812.5,"attempts":1}]
    /// </example>
    [JsonConverter(typeof(UsageEventsConverter))]
    public required IReadOnlyList<UsageEvent> Data { get; init; }

    /// <summary>Events of the other types that were asked for (<c>types</c>).</summary>
    /// <example>
    /// [{"id":"2f1c8a5e-6f0d-4f0c-9c59-1a1d0b6c2f11","type":"gateway.requests.refused.v1","time":"2026-11-29T08:00:00+00:00",
    /// "data":{"accountId":"key_4QmVXb2s","time":"2026-11-29T08:00:00+00:00","refused":{"requests":3},"totals":{"requests":41} } }]
    /// </example>
    public IReadOnlyList<NoticeView>? Notices { get; init; }

    /// <summary>Whether more are there now.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>The place behind this page, to be sent as <c>after</c> now or in a month: what has come since follows it.</summary>
    /// <example>1.0_0.0_0.0_2.1_0.0_0.0_0.0_0.0_4.0</example>
    public required string NextAfter { get; init; }
}
