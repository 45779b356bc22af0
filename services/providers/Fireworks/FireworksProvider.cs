namespace Gateway.Providers.Fireworks;

/// <summary>
/// Fireworks: many open models behind one API.
/// https://docs.fireworks.ai/tools-sdks/openai-compatibility
/// https://docs.fireworks.ai/api-reference/post-chatcompletions
/// </summary>
internal static class FireworksProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "fireworks",
        BaseUrl = "https://api.fireworks.ai/inference/v1",
        Quirks = QuirkSet.Of(
            Quirk.TopK,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.EffortUpToHigh,
            Quirk.ThinkTags),
    };
}
