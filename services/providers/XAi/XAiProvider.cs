namespace Gateway.Providers.XAi;

/// <summary>
/// xAI (Grok). https://docs.x.ai/developers/rest-api-reference/inference/chat
/// </summary>
internal static class XAiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "xai",
        BaseUrl = "https://api.x.ai/v1",
        Quirks = QuirkSet.Of(
            // "stop parameters are not supported by reasoning models. Adding them in the request would result in an error":
            // https://docs.x.ai/docs/guides/reasoning
            Quirk.NoStopsWhenReasoning,
            // low, medium, high, from Grok 4.6 on xhigh; models without a choice refuse the field and are asked again without.
            // https://docs.x.ai/developers/model-capabilities/text/reasoning
            Quirk.ReasoningEffort,
            Quirk.EffortUpToXhigh,
            // total_tokens is prompt, completion and reasoning together, as clients of it reckon as well:
            // https://github.com/vercel/ai/blob/main/packages/xai/src/convert-xai-chat-usage.ts
            Quirk.ReasoningTokensApart,
            // Over Responses: filters.allowed_domains, filters.excluded_domains. https://docs.x.ai/docs/guides/tools/search-tools
            Quirk.WebSearchTool,
            Quirk.ExcludedDomains,
            // max_tokens is deprecated: https://docs.x.ai/developers/rest-api-reference/inference/chat
            Quirk.MaxCompletionTokens,
            // Of the Responses API; Chat Completions take it without a use:
            // https://docs.x.ai/developers/advanced-api-usage/prompt-caching/maximizing-cache-hits
            Quirk.PromptCacheKey),
    };
}
