namespace Gateway.Providers.Groq;

/// <summary>
/// Groq: reasoning in <c>reasoning</c>, usage also as <c>x_groq.usage</c>.
/// https://console.groq.com/docs/openai
/// https://console.groq.com/docs/reasoning
/// </summary>
internal static class GroqProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "groq",
        BaseUrl = "https://api.groq.com/openai/v1",
        Quirks = QuirkSet.Of(
            Quirk.MaxCompletionTokens,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh),
    };
}
