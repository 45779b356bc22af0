namespace Gateway.Providers.Cerebras;

/// <summary>
/// Cerebras. https://inference-docs.cerebras.ai/api-reference/chat-completions
/// </summary>
internal static class CerebrasProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "cerebras",
        BaseUrl = "https://api.cerebras.ai/v1",
        Quirks = QuirkSet.Of(
            // max_tokens is deprecated; a system, assistant or tool message is one string, a user's parts are texts only. Made of its OpenAPI document:
            // https://github.com/Cerebras/cerebras-cloud-sdk-python/blob/main/src/cerebras/cloud/sdk/types/chat/completion_create_params.py
            Quirk.MaxCompletionTokens,
            Quirk.StringContent,
            Quirk.NoImageUrls,
            // Qwen's reasoning stands between tags unless asked otherwise: https://inference-docs.cerebras.ai/capabilities/reasoning
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.ThinkTags,
            // reasoning of an assistant message is kept for the next turn: https://inference-docs.cerebras.ai/capabilities/reasoning
            Quirk.ReplaysReasoning),
    };
}
