namespace Gateway.Providers.Ollama;

/// <summary>
/// Ollama on this machine: ignores <c>tool_choice</c>, says <c>stop</c> when it called a tool, does not fetch images.
/// https://docs.ollama.com/api/openai-compatibility
/// </summary>
internal static class OllamaProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "ollama",
        BaseUrl = "http://localhost:11434/v1",
        Quirks = QuirkSet.Of(
            Quirk.NoForcedTools,
            Quirk.NoParallelToolCalls,
            Quirk.NoImageUrls,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.EffortUpToHigh,
            Quirk.ManyStops),
    };
}
