namespace Gateway.Providers.Fireworks;

/// <summary>
/// Fireworks: many open models behind one API. https://docs.fireworks.ai/tools-sdks/openai-compatibility
/// </summary>
internal static class FireworksProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "fireworks",
        BaseUrl = "https://api.fireworks.ai/inference/v1",
        Quirks = QuirkSet.Of(
            // reasoning_effort low, medium, high or none; top_k: https://docs.fireworks.ai/api-reference/post-chatcompletions
            Quirk.TopK,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.EffortUpToHigh,
            // Between tool calls "you must include the reasoning_content from previous assistant turns"; for some models the reasoning stands in the
            // text: https://docs.fireworks.ai/guides/reasoning
            Quirk.ReplaysReasoningContent,
            Quirk.ThinkTags,
            // https://docs.fireworks.ai/guides/prompt-caching
            Quirk.PromptCacheKey),
    };
}
