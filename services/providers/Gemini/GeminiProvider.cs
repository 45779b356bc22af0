namespace Gateway.Providers.Gemini;

/// <summary>
/// Google's Gemini API, with an API key from AI Studio.
/// https://ai.google.dev/api
/// </summary>
internal static class GeminiProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "gemini",
        BaseUrl = "https://generativelanguage.googleapis.com/v1beta",
    };
}
