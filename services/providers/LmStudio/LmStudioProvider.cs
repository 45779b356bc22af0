namespace Gateway.Providers.LmStudio;

/// <summary>
/// LM Studio: local models behind their chat templates.
/// https://lmstudio.ai/docs/developer/openai-compat
/// </summary>
internal static class LmStudioProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "lmstudio",
        BaseUrl = "http://localhost:1234/v1",
        Quirks = QuirkSet.Of(
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.NoImageUrls,
            Quirk.NoParallelToolCalls,
            Quirk.LeadingSystemOnly,
            Quirk.ThinkTags),
    };
}
