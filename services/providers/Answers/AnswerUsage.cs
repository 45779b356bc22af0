namespace Gateway.Providers.Answers;

/// <summary>Tokens as Anthropic counts them: the three input numbers are disjoint. Null is "not said", which is not 0 (rule E44).</summary>
public readonly record struct AnswerUsage
{
    public long? Input { get; init; }

    public long? CacheRead { get; init; }

    public long? CacheCreation { get; init; }

    /// <summary>All output, thinking included.</summary>
    public long? Output { get; init; }

    public long? Thinking { get; init; }

    /// <summary>The service tier the provider says it served; null where it does not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>What the provider itself says the answer cost, in its own currency (rule F6).</summary>
    public decimal? ProviderCost { get; init; }
}
