using System.Text.Json.Serialization;
using Gateway.Contracts.Usage;

namespace Gateway.Contracts.Accounts;

/// <summary>Sums of usage events in one currency. Integers and <see cref="decimal"/> only, so they are exact (rule F16).</summary>
public sealed record UsageSums
{
    public long Requests { get; set; }
    public long InputTokens { get; set; }
    public long OutputTokens { get; set; }
    public long CacheCreationInputTokens { get; set; }
    public long CacheReadInputTokens { get; set; }

    [JsonNumberHandling(JsonNumberHandling.WriteAsString | JsonNumberHandling.AllowReadingFromString)]
    public decimal Cost { get; set; }

    public long UnpricedRequests { get; set; }

    public void Add(UsageEvent e)
    {
        Requests++;
        Add(e.Usage);
        foreach (var pass in e.Usage.Iterations ?? [])
        {
            if (pass.IsBesideTheMessage)
                Add(pass.Usage);
        }

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

    public void Subtract(UsageSums other)
    {
        Requests -= other.Requests;
        InputTokens -= other.InputTokens;
        OutputTokens -= other.OutputTokens;
        CacheCreationInputTokens -= other.CacheCreationInputTokens;
        CacheReadInputTokens -= other.CacheReadInputTokens;
        Cost -= other.Cost;
        UnpricedRequests -= other.UnpricedRequests;
    }

    private void Add(TokenUsage usage)
    {
        InputTokens += usage.InputTokens ?? 0;
        OutputTokens += usage.OutputTokens ?? 0;
        CacheCreationInputTokens += usage.CacheWrites;
        CacheReadInputTokens += usage.CacheReadInputTokens ?? 0;
    }
}
