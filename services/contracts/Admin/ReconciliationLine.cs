using System.Text.Json.Serialization;
using Gateway.Contracts.Accounts;

namespace Gateway.Contracts.Admin;

/// <summary>One account counted in three ways.</summary>
public sealed record ReconciliationLine
{
    [JsonPropertyName("keyId")] public required string KeyId { get; init; }
    [JsonPropertyName("consistent")] public required bool Consistent { get; init; }

    /// <summary>Events read one by one.</summary>
    [JsonPropertyName("events")] public required long Events { get; init; }

    /// <summary>The cost of those events by currency.</summary>
    [JsonPropertyName("eventCost")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> EventCost { get; init; }

    /// <summary>The cost in the day roll-ups by currency.</summary>
    [JsonPropertyName("rollupCost")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public required IReadOnlyDictionary<string, decimal> RollupCost { get; init; }

    [JsonPropertyName("rollupRequests")] public required long RollupRequests { get; init; }

    /// <summary>What the account itself has counted, and what was released unsettled.</summary>
    [JsonPropertyName("balance")] public required AccountBalance Balance { get; init; }
}
