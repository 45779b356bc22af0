namespace Gateway.Providers.Groq;

/// <summary>
/// Groq: usage of a stream also as <c>x_groq.usage</c>. https://console.groq.com/docs/openai
/// </summary>
internal static class GroqProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "groq",
        BaseUrl = "https://api.groq.com/openai/v1",
        Quirks = QuirkSet.Of(
            // max_tokens is deprecated; stop has up to 4 sequences. https://console.groq.com/docs/api-reference
            Quirk.MaxCompletionTokens,
            // low, medium, high (GPT-OSS); models that know none and default only (Qwen) refuse these and are asked again without. Where no
            // reasoning_format is given Qwen's reasoning stands between tags in the text. https://console.groq.com/docs/reasoning
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.ThinkTags,
            // reasoning is a field of an assistant message: https://console.groq.com/docs/api-reference
            Quirk.ReplaysReasoning,
            // "Streaming and tool use are not currently supported with Structured Outputs": https://console.groq.com/docs/structured-outputs
            Quirk.NoJsonSchemaBesideTools),
    };
}
