using System.Text.Json;

namespace Gateway.Billing.Admin;

/// <summary>An event that is not of usage, as the feed shows it.</summary>
internal sealed record NoticeView
{
    /// <summary>Deliveries of one event, here, on the topics and to webhooks, have one.</summary>
    /// <example>audit/7</example>
    public required string Id { get; init; }

    /// <summary>The type of its CloudEvent.</summary>
    /// <example>gateway.requests.refused.v1</example>
    public required string Type { get; init; }

    /// <summary>When it was.</summary>
    /// <example>2026-11-29T08:00:00+00:00</example>
    public required DateTimeOffset Time { get; init; }

    /// <summary>As on the topic.</summary>
    /// <example>{"accountId":"key_4QmVXb2s","refused":{"requests":3},"totals":{"requests":41}}</example>
    public required JsonElement Data { get; init; }
}
