namespace Gateway.Providers.Zhipu;

/// <summary>
/// Zhipu (Z.ai, GLM): <c>tool_choice</c> is auto or nothing, one stop sequence counts, thinking is switched by an object and given back between tool calls.
/// https://docs.z.ai/api-reference/llm/chat-completion
/// https://docs.z.ai/guides/capabilities/thinking-mode
/// </summary>
internal static class ZhipuProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "zhipu",
        BaseUrl = "https://api.z.ai/api/paas/v4",
        Quirks = QuirkSet.Of(
            Quirk.ThinkingSwitch,
            Quirk.ReplaysReasoningContent,
            Quirk.NoForcedTools,
            Quirk.NoParallelToolCalls,
            Quirk.NoJsonSchema,
            Quirk.NoStreamOptions),
    };
}
