namespace Gateway.Providers.DashScope;

/// <summary>
/// Alibaba's DashScope (Qwen). https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions
/// </summary>
internal static class DashScopeProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "dashscope",
        BaseUrl = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        Quirks = QuirkSet.Of(
            // enable_thinking and thinking_budget: https://www.alibabacloud.com/help/en/model-studio/deep-thinking
            Quirk.EnableThinking,
            // "The tool_choice parameter does not support being set to required or object in thinking mode":
            // https://github.com/cloudwego/eino/issues/994
            Quirk.ForcedToolsEndThinking,
            // top_k; stop without a limit; parallel_tool_calls is off by default:
            // https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.ParallelToolsOnRequest,
            // cache_control on a part, up to four, five minutes, no ttl: https://www.alibabacloud.com/help/en/model-studio/context-cache
            Quirk.CacheControl,
            Quirk.CacheWithoutTtl,
            // enable_search, without a word of what was found: https://www.alibabacloud.com/help/en/model-studio/web-search
            Quirk.EnableSearch,
            // Only some models take json_schema; for those the catalog can say !no-json-schema.
            // https://www.alibabacloud.com/help/en/model-studio/qwen-structured-output
            Quirk.NoJsonSchema,
            // reasoning_content of an assistant message is read back: https://www.alibabacloud.com/help/en/model-studio/deep-thinking
            Quirk.ReplaysReasoning),
    };
}
