namespace Gateway.Providers.LmStudio;

/// <summary>
/// LM Studio: local models behind their chat templates. https://lmstudio.ai/docs/developer/openai-compat/chat-completions
/// </summary>
internal static class LmStudioProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "lmstudio",
        BaseUrl = "http://localhost:1234/v1",
        Quirks = QuirkSet.Of(
            // That page's list of fields has top_k and stop, and no parallel_tool_calls.
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.NoParallelToolCalls,
            // tool_choice is none, auto or required: https://lmstudio.ai/docs/developer/api-changelog (0.3.15)
            Quirk.ToolChoiceByWord,
            // Reasoning is set apart only if switched on in the app (0.3.9), else it stands between tags:
            // https://lmstudio.ai/docs/developer/api-changelog
            Quirk.ThinkTags,
            // Not confirmed by a page: whether images are fetched, and, a matter of the model's template, whether a later system message is allowed.
            Quirk.NoImageUrls,
            Quirk.LeadingSystemOnly),
    };
}
