namespace Gateway.Providers.Together;

/// <summary>
/// Together: many open models behind one API.
/// https://docs.together.ai/docs/openai-api-compatibility
/// </summary>
internal static class TogetherProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "together",
        BaseUrl = "https://api.together.xyz/v1",
        Quirks = QuirkSet.Of(
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.ThinkTags),
    };
}
