namespace Gateway.Providers.Mistral;

/// <summary>
/// Mistral refuses fields it does not know, sends usage unasked and reasons in content parts. https://docs.mistral.ai/api/endpoint/chat
/// </summary>
internal static class MistralProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "mistral",
        BaseUrl = "https://api.mistral.ai/v1",
        Quirks = QuirkSet.Of(
            // Ids "must be a-z, A-Z, 0-9, with a length of 9": https://github.com/mistralai/platform-docs-public/issues/7
            Quirk.ToolIdsOfNine,
            // The request has no stream_options, tool_choice is auto, none, any or required, prefix marks a last assistant message, stop is a list
            // without a limit: https://github.com/mistralai/client-python/blob/main/docs/models/chatcompletionstreamrequest.md
            Quirk.NoStreamOptions,
            Quirk.ToolChoiceAny,
            Quirk.PrefillPrefix,
            Quirk.ManyStops,
            // function.strict: https://github.com/mistralai/client-python/blob/main/docs/models/function.md
            Quirk.StrictTools,
            // reasoning_effort is none or high on models that can do both: https://github.com/pydantic/pydantic-ai/issues/5285
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.EffortHighOnly,
            // PDF by URL: https://github.com/mistralai/client-python/blob/main/docs/models/documenturlchunk.md
            Quirk.DocumentUrlParts,
            // "Unexpected role 'user' after role 'tool'": https://github.com/zed-industries/zed/issues/37021
            Quirk.AssistantAfterTools,
            // https://docs.mistral.ai/studio-api/conversations/advanced/prompt-caching
            Quirk.PromptCacheKey),
    };
}
