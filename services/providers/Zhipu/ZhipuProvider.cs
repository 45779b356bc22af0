namespace Gateway.Providers.Zhipu;

/// <summary>
/// Zhipu (Z.ai, GLM). https://docs.z.ai/api-reference/llm/chat-completion
/// </summary>
internal static class ZhipuProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "zhipu",
        BaseUrl = "https://api.z.ai/api/paas/v4",
        Quirks = QuirkSet.Of(
            // "Currently, only one stop word is supported"; tool_choice is auto; response_format is text or json_object; neither stream_options nor
            // parallel_tool_calls is a field, usage comes unasked: https://docs.z.ai/api-reference/llm/chat-completion
            Quirk.OneStop,
            Quirk.NoForcedTools,
            Quirk.NoJsonSchema,
            Quirk.NoStreamOptions,
            Quirk.NoParallelToolCalls,
            // thinking.type, and reasoning_content back between tool calls: https://docs.z.ai/guides/capabilities/thinking-mode
            Quirk.ThinkingSwitch,
            Quirk.ReplaysReasoningContent,
            // tools of type web_search; what was found is listed beside an answer that is not streamed:
            // https://docs.z.ai/api-reference/llm/chat-completion
            Quirk.ZhipuSearch,
            // https://docs.z.ai/api-reference/tools/tokenizer
            Quirk.CountsByTokenizer),
    };
}
