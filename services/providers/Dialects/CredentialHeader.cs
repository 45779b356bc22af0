namespace Gateway.Providers.Dialects;

/// <summary>The header a provider takes its credential in: <c>Name: Prefix + secret</c>.</summary>
public readonly record struct CredentialHeader(string Name, string Prefix)
{
    public static CredentialHeader Bearer { get; } = new("Authorization", "Bearer ");

    /// <summary>Anthropic.</summary>
    public static CredentialHeader XApiKey { get; } = new("x-api-key", "");

    /// <summary>Azure OpenAI.</summary>
    public static CredentialHeader ApiKey { get; } = new("api-key", "");

    /// <summary>Gemini.</summary>
    public static CredentialHeader XGoogApiKey { get; } = new("x-goog-api-key", "");
}
