namespace Gateway.Providers.OpenAi;

/// <summary>
/// OpenAI itself.
/// https://platform.openai.com/docs/api-reference/chat/create
/// </summary>
internal static class OpenAiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "openai",
        BaseUrl = "https://api.openai.com/v1",
        Quirks = QuirkSet.Of(
            Quirk.MaxCompletionTokens,
            Quirk.SafetyIdentifier,
            Quirk.StrictTools,
            Quirk.FileParts,
            Quirk.PromptCacheBreakpoints,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.NoSamplingWhenReasoning),
    };
}
