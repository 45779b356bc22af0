using Gateway.Contracts.Catalog;
using Gateway.Providers.Clouds;

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
        // https://ai.google.dev/gemini-api/docs/google-search
        Quirks = QuirkSet.Of(Quirk.GoogleSearch),
    };

    /// <summary>
    /// The same models on Vertex AI, with Google's login.
    /// https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
    /// </summary>
    public static ProviderDescriptor Vertex { get; } = new()
    {
        Name = CloudAddress.VertexGemini,
        Login = CloudLogin.Google,
        Quirks = QuirkSet.Of(Quirk.CountsUnwrapped),
    };
}
