namespace Gateway.Providers.Moonshot;

/// <summary>
/// Moonshot (Kimi): thinking is switched by an object and its text must come back; forcing a tool is refused while it thinks; ids are <c>functions.name:0</c>; usage stands in the choice.
/// https://platform.moonshot.ai/docs/api/chat
/// https://platform.moonshot.ai/docs/guide/use-kimi-k2-thinking-model
/// </summary>
internal static class MoonshotProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "moonshot",
        BaseUrl = "https://api.moonshot.ai/v1",
        Quirks = QuirkSet.Of(
            Quirk.ThinkingSwitch,
            Quirk.ReplaysReasoningContent,
            Quirk.NoForcedTools,
            Quirk.NoParallelToolCalls,
            Quirk.NoImageUrls),
    };
}
