using Gateway.Contracts.Names;

namespace Gateway.Providers.Dialects.Gemini;

/// <summary>Gemini's generateContent, with the model in the path. https://ai.google.dev/api/generate-content</summary>
internal sealed class Dialect : IDialect
{
    public string Name => DialectNames.Gemini;

    public CredentialHeader Credentials => CredentialHeader.XGoogApiKey;

    public ITranslation? Translation { get; } = new Translation();

    public string? Path(string operation, string upstreamModel, bool stream)
    {
        var (collection, name) = Split(upstreamModel);
        // One segment, whatever the name holds, so that it can't lead anywhere else.
        var resource = $"/{collection}/{Uri.EscapeDataString(name)}";
        return operation switch
        {
            // Without alt=sse a stream is one JSON array.
            Operations.Generate => $"{resource}:{(stream ? "streamGenerateContent?alt=sse" : "generateContent")}",
            Operations.CountTokens => $"{resource}:countTokens",
            _ => null,
        };
    }

    /// <summary>The model's name as bodies spell it.</summary>
    public static string Resource(string model)
    {
        var (collection, name) = Split(model);
        return $"{collection}/{name}";
    }

    /// <summary>A bare name is one of Google's own models; tuned ones say so.</summary>
    private static (string Collection, string Name) Split(string model)
    {
        foreach (var collection in (string[])["models", "tunedModels"])
        {
            if (model.StartsWith(collection + "/", StringComparison.Ordinal))
                return (collection, model[(collection.Length + 1)..]);
        }

        return ("models", model);
    }
}
