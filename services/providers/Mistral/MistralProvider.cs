namespace Gateway.Providers.Mistral;

/// <summary>
/// Mistral refuses fields it does not know, takes call ids of exactly nine letters and digits, sends usage unasked, and reasons in content parts.
/// https://docs.mistral.ai/api/endpoint/chat
/// https://github.com/mistralai/platform-docs-public/issues/7
/// </summary>
internal static class MistralProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "mistral",
        BaseUrl = "https://api.mistral.ai/v1",
        Quirks = QuirkSet.Of(
            Quirk.ToolIdsOfNine,
            Quirk.NoStreamOptions,
            Quirk.ToolChoiceAny,
            Quirk.PrefillPrefix,
            Quirk.ManyStops,
            Quirk.StrictTools),
    };
}
