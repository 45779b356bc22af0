namespace Gateway.Providers.Cerebras;

/// <summary>
/// Cerebras answers 400 to <c>parallel_tool_calls</c> on models without it and can't force a tool.
/// https://inference-docs.cerebras.ai/resources/openai
/// </summary>
internal static class CerebrasProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "cerebras",
        BaseUrl = "https://api.cerebras.ai/v1",
        Quirks = QuirkSet.Of(
            Quirk.MaxCompletionTokens,
            Quirk.NoParallelToolCalls,
            Quirk.NoForcedTools,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.StringContent,
            Quirk.NoImageUrls),
    };
}
