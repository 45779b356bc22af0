using System.Text.Json.Serialization;

namespace Gateway.Contracts.Accounts;

/// <summary>The limits of an account as they stand. A null is a dimension without a limit: nothing of it need be asked for.</summary>
public sealed record AccountStatus
{
    [JsonPropertyName("requests")] public RateStatus? Requests { get; init; }
    [JsonPropertyName("inputTokens")] public RateStatus? InputTokens { get; init; }
    [JsonPropertyName("outputTokens")] public RateStatus? OutputTokens { get; init; }

    /// <summary>The ceiling on requests at the same time.</summary>
    [JsonPropertyName("concurrentRequests")] public int? ConcurrentRequests { get; init; }

    /// <summary>Slots in the hands of lease holders.</summary>
    [JsonPropertyName("slotsHeld")] public int SlotsHeld { get; init; }
    [JsonPropertyName("budget")] public BudgetStatus? Budget { get; init; }

    [JsonIgnore] public bool IsUnlimited => Requests is null && InputTokens is null && OutputTokens is null && ConcurrentRequests is null && Budget is null;
}
