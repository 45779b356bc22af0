namespace Gateway.Contracts.Names;

/// <summary>The wire formats a provider can speak.</summary>
public static class DialectNames
{
    public const string Anthropic = "anthropic";
    public const string OpenAiChat = "openai-chat";
    public const string OpenAiResponses = "openai-responses";
    public const string Gemini = "gemini";

    /// <summary>Answers by itself, in Anthropic's format, without any provider.</summary>
    public const string Demo = "demo";

    public static IReadOnlyList<string> All { get; } = [Anthropic, OpenAiChat, OpenAiResponses, Gemini, Demo];

    /// <summary>Whether the provider speaks the client's own format, so that bytes pass through.</summary>
    public static bool IsNative(string dialect) => dialect is Anthropic or Demo;
}
