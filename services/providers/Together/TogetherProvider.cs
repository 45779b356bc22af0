namespace Gateway.Providers.Together;

/// <summary>
/// Together: many open models behind one API. https://docs.together.ai/docs/openai-api-compatibility
/// </summary>
internal static class TogetherProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "together",
        BaseUrl = "https://api.together.xyz/v1",
        Quirks = QuirkSet.Of(
            // top_k, stop without a limit, reasoning_effort low, medium or high, reasoning.enabled, no parallel_tool_calls, system messages as one
            // string: https://docs.together.ai/reference/chat-completions-1 and, made of it,
            // https://github.com/togethercomputer/together-py/blob/main/src/together/types/chat/completion_create_params.py
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.ReasoningSwitch,
            Quirk.NoParallelToolCalls,
            Quirk.StringContent,
            // "Most reasoning models return a separate reasoning field"; that the others write tags is known of DeepSeek-R1, and on no page found.
            // https://docs.together.ai/docs/inference/chat/reasoning
            Quirk.ThinkTags,
            // reasoning of earlier turns may be sent back: https://docs.together.ai/docs/inference/chat/reasoning
            Quirk.ReplaysReasoning),
    };
}
