using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>A key as its own holder sees it at <c>GET /v1/key</c>: no metadata, nothing of other keys.</summary>
/// <example>
/// {"id":"key_4QmVXb2s","name":"search-ci","prefix":"gw-Xb2sT9","createdAt":"2026-11-29T08:00:00+00:00","nativeOnly":false,
/// "status":{"requests":{"limit":60,"remaining":59,"resetsAt":"2026-11-29T08:00:01+00:00"},"slotsHeld":1},"spent":{"USD":"0.0123"},
/// "unpricedRequests":0,"refused":{"requests":3}}
/// </example>
public sealed record KeySelf
{
    public required string Id { get; init; }
    public string? Name { get; init; }
    public string? Prefix { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public IReadOnlyList<string>? Models { get; init; }
    public bool NativeOnly { get; init; }

    /// <summary>Limits and budget as they stand; a missing one is no limit.</summary>
    public required AccountStatus Status { get; init; }

    /// <summary>All spend so far by currency, as decimal strings.</summary>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> Spent { get; init; }

    public required long UnpricedRequests { get; init; }

    /// <summary>
    /// Requests that were refused, by reason: <c>budget</c>, <c>requests</c>, <c>token_counts</c>, <c>concurrency</c>, <c>input_tokens</c>,
    /// <c>output_tokens</c>, <c>unpriced</c>, <c>unbounded</c>.
    /// </summary>
    public required IReadOnlyDictionary<string, long> Refused { get; init; }

    /// <summary>The same of the team and organisation, which hold for this key as well.</summary>
    public IReadOnlyDictionary<string, AccountStatus>? Groups { get; init; }

    /// <summary>The rules that hold for some or all requests of this key; left out where there are none.</summary>
    public IReadOnlyList<KeyRule>? Rules { get; init; }
}
