using System.Text.Json.Serialization;

namespace Gateway.Contracts.Usage;

/// <summary>
/// Tokens of one answer, as Anthropic counts them: the three input numbers are disjoint, so all input is their sum.
/// A null is "not said", which is not 0.
/// </summary>
public sealed record TokenUsage
{
    /// <summary>No context is nearly as large: a larger number of a provider is a mistake, and counts as not said.</summary>
    public const long MostBelievable = 100_000_000;

    /// <summary>Input that was neither read from nor written to a cache.</summary>
    public long? InputTokens { get; set; }

    public long? CacheCreationInputTokens { get; set; }

    public long? CacheReadInputTokens { get; set; }

    /// <summary>All output, thinking included.</summary>
    public long? OutputTokens { get; set; }

    /// <summary>The part of the output that is thinking.</summary>
    public long? ThinkingTokens { get; set; }

    /// <summary>The part of the cache writes with the 5-minute lifetime.</summary>
    [JsonPropertyName("ephemeral_5m_input_tokens")] public long? CacheWrite5mTokens { get; set; }

    /// <summary>The part of the cache writes with the 1-hour lifetime, which costs more (rule F2).</summary>
    [JsonPropertyName("ephemeral_1h_input_tokens")] public long? CacheWrite1hTokens { get; set; }

    public long? WebSearchRequests { get; set; }

    public long? WebFetchRequests { get; set; }

    /// <summary>standard, priority or batch, at OpenAI default, flex or priority: what the provider says it served.</summary>
    public string? ServiceTier { get; set; }

    public string? Speed { get; set; }

    public string? InferenceGeo { get; set; }

    /// <summary>What passes beside the message used; null where there were none.</summary>
    public IReadOnlyList<UsageIteration>? Iterations { get; set; }

    /// <summary>True where the provider did not say and the numbers are the gateway's own estimate.</summary>
    public bool Estimated { get; set; }

    [JsonIgnore] public long TotalInput => (InputTokens ?? 0) + CacheWrites + (CacheReadInputTokens ?? 0);

    /// <summary>All cache writes, also where only the split by lifetime was said.</summary>
    [JsonIgnore] public long CacheWrites => CacheCreationInputTokens ?? ((CacheWrite5mTokens ?? 0) + (CacheWrite1hTokens ?? 0));

    /// <summary>Whether cache writes were said without their lifetime, which decides on their price (rule F2).</summary>
    [JsonIgnore] public bool HasWritesOfUnknownLifetime => CacheWrites > 0 && CacheWrite5mTokens is null && CacheWrite1hTokens is null;
}
