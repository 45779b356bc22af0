namespace Gateway.Providers.OpenRouter;

/// <summary>
/// OpenRouter: one API before many providers. Errors may come inside a stream; comments keep it alive; reasoning details must be given back.
/// https://openrouter.ai/docs/api-reference/overview
/// https://openrouter.ai/docs/use-cases/reasoning-tokens
/// https://openrouter.ai/docs/features/prompt-caching
/// </summary>
internal static class OpenRouterProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "openrouter",
        BaseUrl = "https://openrouter.ai/api/v1",
        Quirks = QuirkSet.Of(
            Quirk.ReasoningDetails,
            Quirk.CacheControl,
            Quirk.TopK,
            Quirk.StrictTools,
            Quirk.FileParts,
            Quirk.FileUrls,
            Quirk.EffortUpToXhigh),
    };
}
