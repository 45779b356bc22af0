namespace Gateway.Providers.LlamaCpp;

/// <summary>
/// llama.cpp's server: local models behind their chat templates.
/// https://github.com/ggml-org/llama.cpp/tree/master/tools/server
/// </summary>
internal static class LlamaCppProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "llamacpp",
        BaseUrl = "http://localhost:8080/v1",
        Quirks = QuirkSet.Of(
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.NoImageUrls,
            Quirk.TemplateThinking,
            Quirk.LeadingSystemOnly),
    };
}
