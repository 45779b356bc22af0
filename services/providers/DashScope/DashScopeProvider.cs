namespace Gateway.Providers.DashScope;

/// <summary>
/// Alibaba's DashScope (Qwen): thinking by <c>enable_thinking</c> and <c>thinking_budget</c>, a tool can't be forced.
/// https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference
/// https://www.alibabacloud.com/help/en/model-studio/deep-thinking
/// </summary>
internal static class DashScopeProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "dashscope",
        BaseUrl = "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
        Quirks = QuirkSet.Of(
            Quirk.EnableThinking,
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.NoForcedTools,
            Quirk.NoJsonSchema),
    };
}
