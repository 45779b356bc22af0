namespace Gateway.Providers.OpenRouter;

/// <summary>
/// OpenRouter: one API before many providers. Errors may come inside a stream; comments keep it alive. https://openrouter.ai/docs/api-reference/overview
/// </summary>
internal static class OpenRouterProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "openrouter",
        BaseUrl = "https://openrouter.ai/api/v1",
        Quirks = QuirkSet.Of(
            // The object reasoning {effort, max_tokens, enabled}; reasoning_details go back unchanged.
            // https://openrouter.ai/docs/use-cases/reasoning-tokens
            Quirk.ReasoningDetails,
            Quirk.EffortUpToXhigh,
            // https://openrouter.ai/docs/features/prompt-caching
            Quirk.CacheControl,
            // https://openrouter.ai/docs/api-reference/parameters
            Quirk.TopK,
            // Not confirmed by a page: that strict reaches the providers that know it.
            Quirk.StrictTools,
            // https://openrouter.ai/docs/guides/features/server-tools/web-search
            Quirk.OpenRouterSearch,
            // file parts, inline or by URL. https://openrouter.ai/docs/features/multimodal/pdfs
            Quirk.FileParts,
            Quirk.FileUrls,
            // Keeps a conversation with one provider: https://openrouter.ai/docs/features/prompt-caching
            Quirk.PromptCacheKey),
    };
}
