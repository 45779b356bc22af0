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

    /// <summary>Searches and pages of the request's web tools, those alone that brought something; null where it has none.</summary>
    public long? WebSearches { get; init; }

    public long? WebFetches { get; init; }

    /// <summary>The service tier the provider says it served; null where it does not say.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>What the provider itself says the answer cost, in its own currency (rule F6).</summary>
    public decimal? ProviderCost { get; init; }

    /// <summary>Of two calls for one answer. What one of them has not said is not known of both.</summary>
    public AnswerUsage Plus(in AnswerUsage other) => new()
    {
        Input = Input + other.Input,
        CacheRead = Sum(CacheRead, other.CacheRead),
        CacheCreation = Sum(CacheCreation, other.CacheCreation),
        Output = Output + other.Output,
        Thinking = Sum(Thinking, other.Thinking),
        WebSearches = Sum(WebSearches, other.WebSearches),
        WebFetches = Sum(WebFetches, other.WebFetches),
        ServiceTier = other.ServiceTier ?? ServiceTier,
        ProviderCost = ProviderCost + other.ProviderCost,
    };

    /// <summary>Of what is a part of another number, or none where it is not said.</summary>
    private static long? Sum(long? one, long? other) => one is null ? other : one + (other ?? 0);
}
