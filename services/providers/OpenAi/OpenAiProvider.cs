namespace Gateway.Providers.OpenAi;

/// <summary>
/// OpenAI itself: the format as it is meant. https://platform.openai.com/docs/api-reference/chat/create
/// </summary>
internal static class OpenAiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "openai",
        BaseUrl = "https://api.openai.com/v1",
        PassesFamiliesOn = true,
        Quirks = QuirkSet.Of(
            // All of these are fields and values of that page: max_tokens "deprecated … not compatible with o-series models", safety_identifier in
            // place of user, function.strict, file parts with file_data, prompt_cache_breakpoint on parts, reasoning_effort from none to max.
            Quirk.MaxCompletionTokens,
            Quirk.SafetyIdentifier,
            Quirk.StrictTools,
            Quirk.FileParts,
            Quirk.PromptCacheBreakpoints,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            // https://platform.openai.com/docs/guides/reasoning
            Quirk.NoSamplingWhenReasoning,
            // https://platform.openai.com/docs/guides/tools-web-search; blocked_domains: https://github.com/vercel/ai/pull/18035
            Quirk.WebSearchTool,
            // https://platform.openai.com/docs/guides/token-counting
            Quirk.CountsByResponses,
            // https://platform.openai.com/docs/guides/prompt-caching
            Quirk.PromptCacheKey),
    };
}
