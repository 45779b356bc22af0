using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>Sums of usage events in one currency. Integers and <see cref="decimal"/> only, so they are exact (rule F16).</summary>
public sealed record UsageSums
{
    [JsonPropertyName("requests")] public long Requests { get; set; }
    [JsonPropertyName("inputTokens")] public long InputTokens { get; set; }
    [JsonPropertyName("outputTokens")] public long OutputTokens { get; set; }
    [JsonPropertyName("cacheCreationInputTokens")] public long CacheCreationInputTokens { get; set; }
    [JsonPropertyName("cacheReadInputTokens")] public long CacheReadInputTokens { get; set; }

    [JsonPropertyName("cost")]
    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Cost { get; set; }

    [JsonPropertyName("unpricedRequests")] public long UnpricedRequests { get; set; }

    public void Add(UsageEvent e)
    {
        Requests++;
        InputTokens += e.Usage.InputTokens ?? 0;
        OutputTokens += e.Usage.OutputTokens ?? 0;
        CacheCreationInputTokens += e.Usage.CacheCreationInputTokens ?? 0;
        CacheReadInputTokens += e.Usage.CacheReadInputTokens ?? 0;
        if (e.Cost is { } cost)
            Cost += cost.Amount;
        else
            UnpricedRequests++;
    }

    public void Add(UsageSums other)
    {
        Requests += other.Requests;
        InputTokens += other.InputTokens;
        OutputTokens += other.OutputTokens;
        CacheCreationInputTokens += other.CacheCreationInputTokens;
        CacheReadInputTokens += other.CacheReadInputTokens;
        Cost += other.Cost;
        UnpricedRequests += other.UnpricedRequests;
    }
}
