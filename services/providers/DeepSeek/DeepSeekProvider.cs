namespace Gateway.Providers.DeepSeek;

/// <summary>
/// DeepSeek: thinking is switched by an object, its text must come back with every tool call, answers by JSON schema don't exist.
/// https://api-docs.deepseek.com/guides/thinking_mode
/// https://api-docs.deepseek.com/api/create-chat-completion
/// </summary>
internal static class DeepSeekProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "deepseek",
        BaseUrl = "https://api.deepseek.com/v1",
        Quirks = QuirkSet.Of(
            Quirk.ThinkingSwitch,
            Quirk.ReplaysReasoningContent,
            Quirk.NoJsonSchema,
            Quirk.ManyStops,
            Quirk.NoParallelToolCalls),
    };
}
