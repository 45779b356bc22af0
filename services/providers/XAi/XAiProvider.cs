namespace Gateway.Providers.XAi;

/// <summary>
/// xAI: reasoning always on, its tokens are counted beside the output.
/// https://docs.x.ai/docs/guides/reasoning
/// https://docs.x.ai/developers/rest-api-reference/inference/legacy
/// </summary>
internal static class XAiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "xai",
        BaseUrl = "https://api.x.ai/v1",
        Quirks = QuirkSet.Of(
            Quirk.ReasoningEffort,
            Quirk.EffortUpToXhigh,
            Quirk.ReasoningTokensApart,
            Quirk.MaxCompletionTokens),
    };
}
