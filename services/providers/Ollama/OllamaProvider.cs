namespace Gateway.Providers.Ollama;

/// <summary>
/// Ollama on this machine: says <c>stop</c> when it called a tool. https://docs.ollama.com/api/openai-compatibility
/// </summary>
internal static class OllamaProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "ollama",
        BaseUrl = "http://localhost:11434/v1",
        Quirks = QuirkSet.Of(
            // From that page's lists: no tool_choice, no parallel_tool_calls, image URLs not fetched, reasoning_effort high, medium, low, none.
            Quirk.NoForcedTools,
            Quirk.NoParallelToolCalls,
            Quirk.NoImageUrls,
            Quirk.ReasoningEffort,
            Quirk.ReasoningEffortNone,
            Quirk.EffortUpToHigh,
            // stop is on the list, a limit of it is on no page found.
            Quirk.ManyStops,
            // reasoning of an assistant message becomes its thinking: https://github.com/ollama/ollama/blob/main/openai/openai.go
            Quirk.ReplaysReasoning),
    };
}
