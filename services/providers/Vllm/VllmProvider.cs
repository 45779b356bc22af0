namespace Gateway.Providers.Vllm;

/// <summary>
/// vLLM: names the stop sequence it hit; usage details only with <c>--enable-prompt-tokens-details</c>.
/// https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/
/// </summary>
internal static class VllmProvider
{
    public static ProviderDescriptor Descriptor { get; } = new()
    {
        Name = "vllm",
        BaseUrl = "http://localhost:8000/v1",
        Quirks = QuirkSet.Of(
            // top_k, stop without a limit, continue_final_message, chat_template_kwargs, reasoning_effort (older servers know low, medium, high, newer
            // ones none to max): https://github.com/vllm-project/vllm/blob/main/vllm/entrypoints/openai/chat_completion/protocol.py
            Quirk.TopK,
            Quirk.ManyStops,
            Quirk.PrefillContinue,
            Quirk.ReasoningEffort,
            Quirk.EffortUpToHigh,
            // chat_template_kwargs.enable_thinking: https://docs.vllm.ai/en/latest/features/reasoning_outputs/
            Quirk.TemplateThinking,
            // Many chat templates raise on a later system message; a matter of the model, so no page of vLLM says it.
            Quirk.LeadingSystemOnly,
            // https://docs.vllm.ai/en/latest/serving/online_serving/openai_compatible_server/#tokenizer-api
            Quirk.CountsByTokenize,
            // reasoning or reasoning_content of an assistant message reaches the chat template: https://docs.vllm.ai/en/latest/features/reasoning_outputs/
            Quirk.ReplaysReasoning),
    };
}
