using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>Gemini's generateContent, with the model in the path. https://ai.google.dev/api/generate-content</summary>
internal sealed class Dialect : IDialect
{
    public string Name => DialectNames.Gemini;

    public CredentialHeader Credentials => CredentialHeader.XGoogApiKey;

    public ITranslation? Translation { get; } = new Translation();

    public string? Path(string operation, string upstreamModel, bool stream) => operation switch
    {
        // Without alt=sse a stream is one JSON array.
        Operations.Generate => $"/{Resource(upstreamModel)}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
        Operations.CountTokens => $"/{Resource(upstreamModel)}:countTokens",
        _ => null,
    };

    /// <summary>A bare name is one of Google's own models; others say what they are, such as <c>tunedModels/mine</c>.</summary>
    public static string Resource(string model) =>
        string.Join('/', (model.Contains('/', StringComparison.Ordinal) ? model : $"models/{model}").Split('/').Select(Uri.EscapeDataString));
}
