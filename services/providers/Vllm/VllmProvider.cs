namespace Gateway.Providers.Vllm;

/// <summary>
/// vLLM: names the stop sequence it hit, continues a last assistant message, switches thinking in the chat template, which often allows a system message only first.
/// https://docs.vllm.ai/en/latest/serving/openai_compatible_server/
/// https://docs.vllm.ai/en/latest/features/reasoning_outputs/
/// </summary>
internal static class VllmProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "vllm",
        BaseUrl = "http://localhost:8000/v1",
        Quirks = QuirkSet.Of(
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.PrefillContinue,
            Quirk.TemplateThinking,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            Quirk.LeadingSystemOnly),
    };
}
