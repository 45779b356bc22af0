using Gateway.Providers.Answers;

namespace Gateway.Providers.Dialects.OpenAiChat;

/// <summary>
/// OpenAI's usage, where input includes what came from the cache, as Anthropic's, where the input numbers are disjoint (rules E41, E43,
/// E48).
/// </summary>
internal static class UsageReader
{
    /// <summary>Null for a usage that says nothing: zeros stand for "not known yet" on the first chunks of some servers.</summary>
    public static AnswerUsage? Read(ProviderCall call, ReadOnlySpan<byte> usage)
    {
        if (usage.Length == 0)
            return null;
        var prompt = Positive(JsonSlice.Count(JsonSlice.Member(usage, "prompt_tokens"u8)));
        var output = JsonSlice.Count(JsonSlice.Member(usage, "completion_tokens"u8));
        if (prompt is null && output is null or 0)
            return null;

        var details = JsonSlice.Member(usage, "prompt_tokens_details"u8);
        // DeepSeek and Moonshot name the cached tokens differently.
        var cached = JsonSlice.Count(JsonSlice.Member(details, "cached_tokens"u8))
            ?? JsonSlice.Count(JsonSlice.Member(usage, "prompt_cache_hit_tokens"u8))
            ?? JsonSlice.Count(JsonSlice.Member(usage, "cached_tokens"u8));
        // DashScope spells it as Anthropic does.
        var written = JsonSlice.Count(JsonSlice.Member(details, "cache_write_tokens"u8))
            ?? JsonSlice.Count(JsonSlice.Member(details, "cache_creation_input_tokens"u8));
        var thinking = JsonSlice.Count(JsonSlice.Member(JsonSlice.Member(usage, "completion_tokens_details"u8), "reasoning_tokens"u8));
        if (call.Has(Quirk.ReasoningTokensApart) && thinking > 0 && IsApart(usage, prompt, output, thinking))
            output += thinking;
        return new AnswerUsage
        {
            Input = InputOf(prompt, cached, written),
            CacheRead = cached,
            CacheCreation = written,
            Output = output,
            Thinking = thinking,
            // OpenRouter's name of it, and Perplexity's.
            WebSearches = JsonSlice.Count(JsonSlice.Member(JsonSlice.Member(usage, "server_tool_use"u8), "web_search_requests"u8))
                ?? JsonSlice.Count(JsonSlice.Member(usage, "num_search_queries"u8)),
            ProviderCost = Cost(usage),
        };
    }

    /// <summary>What came from the cache is in the prompt, and can't be more than it: where it is, the provider counts as Anthropic does.</summary>
    public static long? InputOf(long? prompt, long? cached, long? written) =>
        prompt is { } all && (cached ?? 0) + (written ?? 0) is var beside ? beside > all ? all : all - beside : null;

    /// <summary>With a provider's key of one's own OpenRouter's cost is its fee alone; what the provider asks for stands beside it.</summary>
    private static decimal? Cost(ReadOnlySpan<byte> usage)
    {
        var cost = JsonSlice.Money(JsonSlice.Member(usage, "cost"u8));
        if (JsonSlice.Member(usage, "is_byok"u8).SequenceEqual("false"u8))
            return cost;
        var provider = JsonSlice.Money(JsonSlice.Member(JsonSlice.Member(usage, "cost_details"u8), "upstream_inference_cost"u8));
        return provider is null ? cost : (cost ?? 0) + provider;
    }

    /// <summary>The total tells whether reasoning is counted beside the output or in it.</summary>
    private static bool IsApart(ReadOnlySpan<byte> usage, long? prompt, long? output, long? thinking) =>
        JsonSlice.Count(JsonSlice.Member(usage, "total_tokens"u8)) is not { } total || total == prompt + output + thinking;

    private static long? Positive(long? number) => number > 0 ? number : null;
}
