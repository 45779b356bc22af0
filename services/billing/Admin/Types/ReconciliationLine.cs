using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Billing.Admin;

/// <summary>One account counted in three ways.</summary>
internal sealed record ReconciliationLine
{
    /// <summary>The account: a key, or the team or organisation that was asked for.</summary>
    /// <example>key_4QmVXb2s</example>
    public required string KeyId { get; init; }

    /// <summary>Whether the three counts say the same.</summary>
    /// <example>true</example>
    public required bool Consistent { get; init; }

    /// <summary>Events read one by one.</summary>
    /// <example>2</example>
    public required long Events { get; init; }

    /// <summary>The cost of those events by currency, as decimal strings.</summary>
    /// <example>{"USD":"0.0123"}</example>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> EventCost { get; init; }

    /// <summary>The cost in the day roll-ups by currency, as decimal strings.</summary>
    /// <example>{"USD":"0.0123"}</example>
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> RollupCost { get; init; }

    /// <summary>Requests in the day roll-ups.</summary>
    /// <example>2</example>
    public required long RollupRequests { get; init; }

    /// <summary>What the account itself has counted, and what was released unsettled.</summary>
    /// <example>
    /// {"events":2,"firstDay":"2026-11-28","lastDay":"2026-11-29","spent":{"USD":"0.0123"},"unpricedRequests":0,
    /// "unsettled":"0","unsettledLeases":0,"overrun":"0"}
    /// </example>
    public required AccountBalance Balance { get; init; }
}
