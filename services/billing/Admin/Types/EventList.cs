using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Billing.Admin;

/// <summary>A page of a key's usage events, in the order they were recorded.</summary>
internal sealed record EventList
{
    /// <summary>The events of this page.</summary>
    /// <example>
    /// [{"request_id":"req_018EeWyXxfu5pfWkrYcMdjWG","key_id":"key_4QmVXb2s","time":"2026-11-29T08:00:00+00:00","surface":"/v1/messages",
    /// "requested_model":"claude-sonnet-4-5","model":"anthropic/claude-sonnet-4.5","provider":"anthropic","upstream_model":"claude-sonnet-4-5",
    /// "stream":true,"outcome":"completed","status":200,"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":34},
    /// "latency_ms":812.5,"attempts":1}]
    /// </example>
    [JsonConverter(typeof(UsageEventsConverter))]
    public required IReadOnlyList<UsageEvent> Data { get; init; }

    /// <summary>Whether more follow.</summary>
    /// <example>false</example>
    public required bool HasMore { get; init; }

    /// <summary>What to send as <c>after</c> for the next page; left out on the last.</summary>
    public string? NextAfter { get; init; }
}
