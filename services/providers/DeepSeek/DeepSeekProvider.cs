namespace Gateway.Providers.DeepSeek;

/// <summary>
/// DeepSeek: thinks by default, and then can't be made to call a tool. https://api-docs.deepseek.com/api/create-chat-completion
/// </summary>
internal static class DeepSeekProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "deepseek",
        BaseUrl = "https://api.deepseek.com/v1",
        Quirks = QuirkSet.Of(
            // thinking.type, on by default, and reasoning_effort high or max (others are mapped there); after a tool call reasoning_content must come
            // back. https://api-docs.deepseek.com/guides/thinking_mode
            Quirk.ThinkingSwitch,
            Quirk.ReasoningEffort,
            Quirk.ReplaysReasoningContent,
            // "Thinking mode does not support this tool_choice": https://github.com/cloudwego/eino/issues/994
            Quirk.ForcedToolsEndThinking,
            // response_format is text or json_object; "up to 16 sequences"; there is no parallel_tool_calls; strict tools and prefix are beta
            // features under another base URL. https://api-docs.deepseek.com/api/create-chat-completion
            Quirk.NoJsonSchema,
            Quirk.StopsUpTo16,
            Quirk.NoParallelToolCalls),
    };
}
